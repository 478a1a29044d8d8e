/** The code that a device shows and a person types elsewhere (RFC 8628 §3.2, §6.1). Pure. */
import type { Vault } from '../../secrets/vault.ts';
import { inGroups, typedCode } from '../../text/typed-code.ts';

/** As the library makes them: no vowels, so no words; nothing that is taken for something else. */
export const USER_CODE_CHARSET = 'base-20' as const;
export const USER_CODE_MASK = '****-****';

const USER_CODE = /^[BCDFGHJKLMNPQRSTVWXZ]{8}$/u;

/** In capitals, without what stands between them; undefined: it can be no code. */
export function readUserCode(typed: string): string | undefined {
  const code = typedCode(typed);
  return USER_CODE.test(code) ? code : undefined;
}

/** As the device shows it. */
export function shownUserCode(code: string): string {
  return inGroups(code, 4, '-');
}

/** As it is kept. */
export function userCodeKey(vault: Pick<Vault, 'hash'>, code: string): string {
  return vault.hash('user code', code);
}
