export function loadTexts(_folder: string) {
  return { text: (_l: string, key: string, values: object) => `${key} ${JSON.stringify(values)}` };
}
