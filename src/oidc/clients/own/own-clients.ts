/** The ids of Latchkey's own clients: the account pages and the console. */
export const ACCOUNT_CLIENT = 'latchkey-account';
export const ADMIN_CLIENT = 'latchkey-admin';

/** It is no app: it holds nothing, is told of no logout, and people do not let it in or out. */
export function isOwnClient(id: string | undefined): boolean {
  return id === ACCOUNT_CLIENT || id === ADMIN_CLIENT;
}
