import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseOptions } from '../../bench/options.ts';

const named = (products: readonly { engine: string; workers: number }[] | undefined) =>
  products?.map(({ engine, workers }) => `${engine} ×${workers}`);

describe('what is measured', () => {
  test('by itself both engines with one worker and with two, in ten minutes', () => {
    const options = parseOptions([], true);
    const all = ['sqlite ×1', 'sqlite ×2', 'mongodb ×1', 'mongodb ×2'];
    assert.deepEqual(named(options.compared), all);
    assert.equal(options.growth, undefined);
    assert.deepEqual(options.rates, [50, 500]);
    assert.deepEqual(options.leftOut, []);
    assert.equal(options.limit, 600);
  });

  test('without a server MongoDB is left out, and that is known', () => {
    const options = parseOptions(['--workers', '1'], false);
    assert.deepEqual(named(options.compared), ['sqlite ×1']);
    assert.deepEqual(options.leftOut, ['mongodb']);
    assert.deepEqual(parseOptions(['--engine', 'sqlite'], false).leftOut, []);
  });

  test('no engine: the measures alone', () => {
    const options = parseOptions(['--engine', 'none'], true);
    assert.deepEqual([options.compared, options.rates], [[], []]);
  });

  test('with --growth growth alone, with --full everything, and an hour for it', () => {
    const growing = parseOptions(['--growth', '50,500'], true);
    assert.equal(growing.compared, undefined);
    assert.deepEqual(growing.growth, { small: 50, large: 500 });
    assert.deepEqual(growing.engines, ['sqlite', 'mongodb']);
    const grouping = parseOptions(['--groups', '10'], true);
    assert.deepEqual(
      [grouping.compared, grouping.growth, grouping.groups, grouping.limit],
      [undefined, undefined, 10, 3600],
    );
    assert.equal(parseOptions(['--full'], true).groups, 100_000);
    assert.equal(growing.limit, 3600);
    const full = parseOptions(['--full', '--engine', 'sqlite'], true);
    assert.deepEqual(named(full.compared), ['sqlite ×1', 'sqlite ×2']);
    assert.deepEqual(full.growth, { small: 1_000, large: 1_000_000 });
    assert.equal(full.limit, 3600);
  });
});

describe('fixed rates', () => {
  const ratesOf = (...args: string[]) => {
    const { rates, compared, limit } = parseOptions(args, false);
    return { rates, alone: compared === undefined, limit };
  };

  test('are measured beside the comparison of what is asked for at them', () => {
    for (const name of ['passcode', 'introspection'])
      assert.deepEqual(ratesOf('--only', name), { rates: [50, 500], alone: false, limit: 600 });
    assert.deepEqual(ratesOf('--only', 'discovery').rates, []);
    assert.deepEqual(ratesOf('--growth', '50,500').rates, []);
    assert.deepEqual(ratesOf('--groups', '10').rates, []);
    assert.deepEqual(ratesOf('--full', '--engine', 'sqlite').rates, [50, 500]);
  });

  test('are measured alone where they are told', () => {
    assert.deepEqual(ratesOf('--rate', '10,200'), { rates: [10, 200], alone: true, limit: 3600 });
  });
});

describe('arguments that cannot be', () => {
  const refused: [string[], RegExp][] = [
    [['--fast'], /Unknown option '--fast'/u],
    [['--only', 'discovery,login'], /no operation "login"\. There are: silent-sso, /u],
    [['--engine', 'oracle'], /no engine "oracle"\. There are: sqlite, mongodb, none/u],
    [['--engine', 'mongodb'], /to measure mongodb, set MONGODB_URI/u],
    [['--workers', '1,0'], /--workers must be a whole number from 1 to 16\. It is "0"/u],
    [['--workers', '2,'], /--workers must be .* It is ""/u],
    [['--people', '12'], /--people must be a multiple of 8\. It is "12"/u],
    [['--rounds', '1.5'], /--rounds must be a whole number from 1 to 100\. It is "1\.5"/u],
    [['--seconds', '0'], /--seconds must be a number from 0\.05 to 30/u],
    [['--growth', '500'], /--growth must be two numbers, the smaller one first\. It is "500"/u],
    [['--growth', '500,50'], /the smaller one first/u],
    [['--growth', '100,many'], /--growth must be a whole number .* It is "many"/u],
    [['--growth', '49,500'], /--growth must be a whole number from 50 to 10000000\. It is "49"/u],
    [['--growth', '50,500', '--engine', 'none'], /Growth is measured on an engine/u],
    [
      ['--growth', '50,500', '--only', 'discovery'],
      /Growth is measured of operations with people/u,
    ],
    [['--rounds', '50', '--seconds', '10'], /about \d+ minutes; at most 10 are allowed/u],
    [['--full', '--rounds', '50', '--seconds', '10'], /at most 60 are allowed/u],
    [['--groups', '0'], /--groups must be a whole number from 1 to 1000000/u],
    [['--groups', '10', '--engine', 'none'], /Groups are measured on an engine/u],
    [['--rate', '50,0'], /--rate must be a whole number from 1 to 2000\. It is "0"/u],
    [['--rate', '50', '--engine', 'none'], /Rates are measured on an engine/u],
    [['--rate', '50', '--only', 'discovery'], /Rates are measured of introspection and passcode/u],
    [['--json', '/nowhere/at/all.json'], /no folder \/nowhere\/at/u],
  ];
  for (const [args, message] of refused) {
    test(`${args.join(' ')} is refused`, () => {
      assert.throws(() => parseOptions(args, false), message);
    });
  }
});
