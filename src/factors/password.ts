/** Passwords: argon2id, a bounded number of hashes at once, and the rules (password-rules.ts) with their lists. */
import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import { Problem } from '../problem.ts';
import { knownPasswords } from './known-passwords.ts';
import {
  LONGEST_TYPED,
  normalPassword,
  passwordFault,
  type PasswordRules,
} from './password-rules.ts';

export interface Passwords {
  /** Argon2id in PHC form. */
  hash(password: string): Promise<string>;
  /** Takes the same time when `expected` is null, so that an unknown person can't be told from a wrong password. */
  matches(password: string, expected: string | null): Promise<boolean>;
  /** The Problem that names what is wrong with it, or undefined; see `passwordFault`. */
  faultOf(password: string, rules: PasswordRules): Promise<Problem | undefined>;
}

export interface PasswordCost {
  memoryKib: number;
  passes: number;
  /** Processes that share this machine; the hashing slots are divided by them. */
  workers: number;
}

/** Told how busy the hashing is. */
export interface HashMeter {
  queue(running: number, waiting: number): void;
  /** One was refused because too many were waiting. */
  refused(): void;
  /** One begins; what is answered is called when it ends. */
  start(): () => unknown;
}

/** Waiting hashes beyond this are refused with 503: better a clear answer than a queue of minutes. */
export const LONGEST_QUEUE = 64;

export async function createPasswords(cost: PasswordCost, meter?: HashMeter): Promise<Passwords> {
  const slots = Math.max(1, Math.floor((availableParallelism() - 1) / cost.workers));
  const limited = limiter(slots, meter);
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
    hash: (password) => limited(() => hash(normalPassword(password), options)),
    async matches(password, expected) {
      if (password.length > LONGEST_TYPED) return false;
      const same = await limited(() => verify(expected ?? nobody, normalPassword(password)));
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

/** Runs at most `slots` at once, in order of arrival. */
function limiter(slots: number, meter?: HashMeter): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  const tell = (): void => meter?.queue(running, waiting.length);
  const myTurn = (): Promise<void> => {
    const turn = new Promise<void>((go) => waiting.push(go));
    tell();
    return turn;
  };
  return async (work) => {
    if (running >= slots) {
      if (waiting.length >= LONGEST_QUEUE) {
        meter?.refused();
        throw new Problem('busy', { status: 503 });
      }
      await myTurn();
    } else {
      running += 1;
    }
    tell();
    const ended = meter?.start();
    try {
      return await work();
    } finally {
      ended?.();
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
      tell();
    }
  };
}
