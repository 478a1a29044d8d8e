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
  /** The first one is what it is called now; the others, what it was called under older keys. */
  const names = (person: string): string[] =>
    vault
      .hashes('computer cookie', person)
      .map((hash) => `${prefix}_${hash.replaceAll(/[-_]/gu, '').slice(0, 12)}`);
  const options = { httpOnly: true, sameSite: 'lax', secure, signed: false } as const;
  return {
    read: (ctx, person) =>
      names(person)
        .map((name) => ctx.cookies.get(name))
        .find((token) => token !== undefined) ?? '',
    set(ctx, person, token, lifetime) {
      const [name = '', ...former] = names(person);
      ctx.cookies.set(name, token, { ...options, maxAge: lifetime * 1000 });
      for (const other of former)
        if (ctx.cookies.get(other) !== undefined) ctx.cookies.set(other, null, options);
    },
    drop(ctx, person) {
      for (const name of names(person)) ctx.cookies.set(name, null, options);
    },
  };
}
