/** What a template language or a sheet would reckon with, and what would be read where one has. */
const FACTORS = [913_219, 917_611] as const;
const product = FACTORS.join('*');

/** As Nunjucks, JavaScript and EJS read it. */
export const EXPRESSION = `{{ ${product} }}\${${product}}<%= ${product} %>`;
/** Of twelve digits: fewer are spelt by a time or an id now and then, where nothing was reckoned. */
export const RECKONED = String(FACTORS[0] * FACTORS[1]);
