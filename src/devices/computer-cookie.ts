/**
 * The cookie that a trusted computer is recognised by: one for each person, so that two people at
 * one browser don't disturb each other.
 */
import type { Context } from 'koa';
import type { Vault } from '../secrets/vault.ts';

export interface ComputerCookie {
  /** The token of this person on this computer, or ''. */
  read(ctx: Context, person: string): string;
  /** `lifetime` in seconds. */
  set(ctx: Context, person: string, token: string, lifetime: number): void;
  drop(ctx: Context, person: string): void;
}

export function computerCookie(vault: Vault, prefix: string, secure: boolean): ComputerCookie {
  const name = (person: string): string =>
    `${prefix}_${vault.hash('computer cookie', person).replaceAll(/[-_]/gu, '').slice(0, 12)}`;
  const options = { httpOnly: true, sameSite: 'lax', secure, signed: false } as const;
  return {
    read: (ctx, person) => ctx.cookies.get(name(person)) ?? '',
    set: (ctx, person, token, lifetime) =>
      void ctx.cookies.set(name(person), token, { ...options, maxAge: lifetime * 1000 }),
    drop: (ctx, person) => void ctx.cookies.set(name(person), null, options),
  };
}
