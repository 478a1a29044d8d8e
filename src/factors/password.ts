/** Passwords: argon2id, a bounded number of hashes at once, and the rules (password-rules.ts) with their lists. */
import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import type { Problem } from '../problem.ts';
import { hashSlots, THREADS } from '../throttling/hash-slots.ts';
import { createTurns, type HashMeter } from '../throttling/hash-turns.ts';
import { knownPasswords } from './known-passwords.ts';
import {
  LONGEST_TYPED,
  normalPassword,
  passwordFault,
  type PasswordRules,
} from './password-rules.ts';

export interface Passwords {
  /**
   * Argon2id in PHC form. `whose`: what is given in one sign-in, or by one person, waits behind itself
   * (throttling/hash-turns.ts).
   */
  hash(password: string, whose?: string): Promise<string>;
  /** Takes the same time when `expected` is null, so that an unknown person can't be told from a wrong password. */
  matches(password: string, expected: string | null, whose?: string): Promise<boolean>;
  /** The Problem that names what is wrong with it, or undefined; see `passwordFault`. */
  faultOf(password: string, rules: PasswordRules): Promise<Problem | undefined>;
}

export interface PasswordCost {
  memoryKib: number;
  passes: number;
  /** Processes that share this machine; the hashing slots are divided by them. */
  workers: number;
  /** Of libuv, in this process; as many as it begins with unless told. */
  threads?: number;
}

export async function createPasswords(cost: PasswordCost, meter?: HashMeter): Promise<Passwords> {
  const slots = hashSlots({
    processors: availableParallelism(),
    workers: cost.workers,
    threads: cost.threads ?? THREADS,
  });
  const inTurn = createTurns(slots, meter);
  // algorithm 2 is argon2id; the package's const enum can't be imported under isolatedModules.
  const options = {
    algorithm: 2,
    memoryCost: cost.memoryKib,
    timeCost: cost.passes,
    parallelism: 1,
  };
  const nobody = await hash('nobody has this password', options);
  const known = knownPasswords();

  return {
    hash: (password, whose = '') => inTurn(whose, () => hash(normalPassword(password), options)),
    async matches(password, expected, whose = '') {
      if (password.length > LONGEST_TYPED) return false;
      const compare = () => verify(expected ?? nobody, normalPassword(password));
      const same = await inTurn(whose, compare);
      return same && expected !== null;
    },
    async faultOf(password, rules) {
      const { common, breached } = await known();
      return passwordFault(password, rules, {
        isCommon: (word) => common.has(word),
        isBreached: (word) => breached.has(word),
      });
    },
  };
}
