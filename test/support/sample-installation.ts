/** Sample data for the console’s pages about the installation: keys, mail, health. */
import { toldEnds } from '../../src/operations/keys/encryption/ends-with-key.ts';
import type { Sample } from './sample.ts';

const AT = Date.UTC(2026, 10, 3, 9, 30);
type MakeSample = (section: string, page: string, context: object, name?: string) => Sample;

export function installationSamples(sample: MakeSample): Sample[] {
  return [...keys(sample), ...mails(sample), ...health(sample), ...questions(sample)];
}

const running = {
  isRunning: true,
  askedAt: AT,
  endedAt: null,
  looked: 12_000,
  problem: null,
  counts: {},
  damaged: [],
};

function keys(sample: MakeSample): Sample[] {
  const states = ['next', 'signing', 'old', 'hints', 'over'];
  const list = {
    signing: states.map((state, at) => ({
      kid: `kid-of-a-key-${at}`,
      alg: at % 2 ? 'ES256' : 'RS256',
      state,
      at: AT,
      retire: '/x',
    })),
    rotate: '/x',
    encryption: [
      { kid: 'W7q2', state: 'waiting', since: null, activate: '/x', retire: null },
      { kid: 'b1Zf', state: 'active', since: AT, activate: null, retire: null },
      { kid: 'Kx0p', state: 'older', since: null, activate: null, retire: '/x' },
      { kid: 'aaaa', state: 'retired', since: AT, activate: null, retire: null },
    ],
    lacking: [{ host: 'two.acme.example', pid: 77, kids: 'W7q2' }],
    reseal: '/x',
    resealing: running,
  };
  const ends = toldEnds({
    session: 12,
    refresh_token: 1,
    passcodes: 2,
    known_computer: 7,
    access_token: 5,
  });
  const retire = { kid: 'Kx0p', state: 'older', counted: null, retired: null, ends: null };
  const counted = { ...running, isRunning: false, endedAt: AT };
  const page = { back: '/x', action: '/x' };
  return [
    sample('keys', 'keys', list),
    sample(
      'keys',
      'keys',
      { ...list, lacking: [], rotate: null, reseal: null, resealing: null },
      'keys-plain',
    ),
    sample('keys', 'key-retire', { ...retire, ...page }),
    sample('keys', 'key-retire', { ...retire, ...page, counted, ends }, 'key-retire-counted'),
    sample(
      'keys',
      'key-retire',
      { ...retire, ...page, state: 'active', retired: counted },
      'key-retire-active',
    ),
  ];
}

function mails(sample: MakeSample): Sample[] {
  const one = { id: 'a', template: 'invitation', orderedAt: AT, attempts: 3, nextAt: AT };
  const page = {
    server: 'smtp.acme.example:587',
    from: 'Acme <latchkey@acme.example>',
    count: 2,
    oldest: AT,
    waiting: [
      { ...one, state: 'queued', answer: '451 4.3.0' },
      { ...one, template: 'email-code', state: 'queued', attempts: 0, answer: null },
    ],
    faults: [{ ...one, state: 'refused', answer: '550 5.1.1' }],
    test: '/x',
    tested: { state: 'refused', answer: '550 5.1.1', look: '/x' },
  };
  const none = { ...page, count: 0, oldest: null, waiting: [], faults: [], tested: null };
  return [
    sample('mail', 'mail', page),
    sample('mail', 'mail', none, 'mail-none'),
    sample('mail', 'mail', { ...none, server: null, test: null }, 'mail-no-server'),
  ];
}

function health(sample: MakeSample): Sample[] {
  const check = (name: string, state: string, tone: string, values: object = {}) => ({
    name,
    state,
    tone,
    values,
  });
  const checks = [
    check('store', 'reads-file', 'good', { name: 'sqlite:data/latchkey.db', megabytes: 120 }),
    check('upgrade', 'pending', 'warn'),
    check('list', 'complete', 'good'),
    check('backup', 'old', 'bad', { at: AT }),
    check('sweep', 'left', 'good', { count: 12 }),
    check('clock', 'ahead', 'bad', { host: 'two', pid: 77, seconds: 61 }),
    check('log', 'dropped', 'bad', { count: 3 }),
    check('keys', 'lacking', 'bad', { host: 'two', pid: 77, kid: 'W7q2' }),
    check('mail', 'late', 'bad', { count: 4 }),
  ];
  const page = {
    checks,
    check: '/x',
    verify: {
      ...running,
      isRunning: false,
      endedAt: AT,
      counts: { documents: 81_000, damaged: 1 },
      damaged: ['person Zm9v: the document is cut off'],
    },
    backups: [{ at: AT, bytes: 12_345_678, documents: 81_000 }],
    processes: [
      { host: 'one.acme.example', pid: 41, version: '0.1.0', kids: [], at: AT },
      { host: 'two.acme.example', pid: 77, kids: [], at: AT },
    ],
  };
  return [
    sample('health', 'health', page),
    sample(
      'health',
      'health',
      { ...page, checks: checks.slice(0, 1), verify: running, backups: [] },
      'health-running',
    ),
  ];
}

function questions(sample: MakeSample): Sample[] {
  const values = { kid: 'Kx0p', alg: 'ES256', email: 'olivia@acme.example' };
  const shared = { values, back: '/x', action: '/x', fields: [] };
  const asked = {
    keys: [
      'keys-rotate',
      'keys-reseal',
      'key-activate',
      'key-retire-next',
      'key-retire-signing',
      'key-retire-old',
      'key-retire-hints',
      'key-retire-over',
    ],
    mail: ['mail-test'],
    health: ['health-check'],
  };
  return Object.entries(asked).flatMap(([section, all]) =>
    all.map((key) => sample(section, 'confirm', { key, ...shared }, `confirm-${key}`)),
  );
}
