/**
 * What the files for containers promise. They are read, not run: that takes a container engine.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/load.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(root + path, 'utf8');

interface Service {
  image: string;
  restart: string;
  user: string;
  read_only: boolean;
  cap_drop: string[];
  cap_add?: string[];
  privileged?: boolean;
  security_opt: string[];
  environment: Record<string, string>;
  secrets: string[];
  volumes?: string[];
  ports?: string[];
  networks?: string[];
  command?: string[];
  entrypoint?: string[];
  depends_on?: Record<string, { condition: string; required?: boolean }>;
  healthcheck?: { test: string[] };
  mem_limit: string;
  logging: { driver: string; options: Record<string, string> };
}

interface Range {
  subnet: string;
  gateway: string;
}

interface Compose {
  services: Record<string, Service>;
  secrets: Record<string, { file: string }>;
  configs?: Record<string, { file: string }>;
  networks?: Record<string, { internal?: boolean; ipam?: { config: Range[] } } | null>;
  volumes: Record<string, unknown>;
}

function serviceOf(compose: Compose, name: string): Service {
  const service = compose.services[name];
  assert.ok(service, name);
  return service;
}

function hasFewRights(service: Service): void {
  assert.match(service.user, /^[1-9]\d*:[1-9]\d*$/u);
  assert.equal(service.read_only, true);
  assert.deepEqual(service.cap_drop, ['ALL']);
  assert.ok(service.security_opt.includes('no-new-privileges:true'));
  assert.deepEqual([service.cap_add, service.privileged], [undefined, undefined]);
}

function takesSecretsFromFiles(compose: Compose, file: string): void {
  for (const { environment = {}, secrets } of Object.values(compose.services)) {
    for (const name of secrets) assert.ok(name in compose.secrets, name);
    for (const [name, value] of Object.entries(environment)) {
      if (!/_(?:PASSWORD|SECRET|KEY|URL)(?:_|$)/u.test(name)) continue;
      assert.match(name, /_FILE$/u);
      assert.ok(secrets.includes(value.replace('/run/secrets/', '')), value);
    }
  }
  for (const secret of Object.values(compose.secrets)) assert.match(secret.file, /^\.\/data\//u);
  assert.doesNotMatch(read(file).replaceAll(/^#.*$/gmu, ''), /:\/\/[^/\s]*:[^/\s]*@/u);
  assert.match(read('.gitignore'), /^data\/$/mu);
  assert.doesNotMatch(read('.dockerignore'), /^!data/mu);
}

function configOf({ environment }: Service): ReturnType<typeof loadConfig> {
  assert.match(environment['LATCHKEY_ISSUER'] ?? '', /^\$\{LATCHKEY_ISSUER:\?/u);
  const given = Object.entries(environment).filter(([name]) => !name.endsWith('_FILE'));
  const env = { ...Object.fromEntries(given), LATCHKEY_ISSUER: 'https://id.example.org' };
  return loadConfig({ env, cwd: root });
}

/** A container that goes wrong fills neither the disk nor the memory of its machine. */
function isLimited({ mem_limit, logging }: Service): void {
  assert.match(mem_limit, /^\d+[mg]$/u);
  assert.deepEqual(Object.keys(logging.options).toSorted(), ['max-file', 'max-size']);
}

/** Only what comes through the published port says whom it comes from. */
function trustsThisMachineAlone({ networks }: Compose, name: string, latchkey: Service): void {
  const [range] = networks?.[name]?.ipam?.config ?? [];
  assert.ok(range);
  assert.deepEqual(configOf(latchkey).proxies, [range.gateway]);
}

const probe = (path: string): RegExp => new RegExp(`fetch\\('http://127.*${path}'\\)`, 'u');

describe('docker-compose.sqlite.yml', () => {
  const file = 'docker-compose.sqlite.yml';
  const compose = parse(read(file), { merge: true }) as Compose;
  const latchkey = serviceOf(compose, 'latchkey');

  it('gives no rights that are not needed', () => {
    hasFewRights(latchkey);
    assert.deepEqual(latchkey.ports, ['127.0.0.1:3000:3000']);
  });

  it('has its limits, and believes no other container who it speaks for', () => {
    isLimited(latchkey);
    trustsThisMachineAlone(compose, 'default', latchkey);
  });

  it('takes the encryption key from a secret that neither git nor the image has', () => {
    takesSecretsFromFiles(compose, file);
    assert.deepEqual(latchkey.secrets, ['latchkey_encryption_key']);
  });

  it('keeps the store in a volume', () => {
    const [name = '', folder] = latchkey.volumes?.[0]?.split(':') ?? [];
    assert.ok(name in compose.volumes);
    assert.equal(folder, '/data');
    const { store } = configOf(latchkey);
    assert.deepEqual([store.engine, store.path], ['sqlite', '/data/latchkey.db']);
  });

  it('asks for its health', () => {
    const test = latchkey.healthcheck?.test ?? [];
    assert.deepEqual(test.slice(0, 2), ['CMD', 'node']);
    assert.match(test.at(-1) ?? '', probe('/readyz'));
  });
});

describe('docker-compose.yml', () => {
  const file = 'docker-compose.yml';
  const compose = parse(read(file), { merge: true }) as Compose;
  const { latchkey, 'mongo-init': init, ...members } = compose.services;
  assert.ok(latchkey && init);

  it('has three members of one replica set, of a version that is pinned, each with its volume', () => {
    assert.deepEqual(Object.keys(members), ['mongo1', 'mongo2', 'mongo3']);
    for (const [name, member] of Object.entries(members)) {
      assert.match(member.image, /^mongo:8\.\d+(?:\.\d+)?$/u);
      assert.equal(member.image, init.image);
      assert.deepEqual(member.volumes, [`${name}:/data/db`]);
      assert.deepEqual(member.command?.slice(0, 3), ['mongod', '--replSet', 'latchkey']);
      assert.equal(member.restart, 'unless-stopped');
    }
    assert.deepEqual(Object.keys(compose.volumes), Object.keys(members));
  });

  it('gives no service rights that it does not need', () => {
    for (const service of Object.values(compose.services)) hasFewRights(service);
  });

  it('has its limits, and believes no other container who it speaks for', () => {
    for (const service of [latchkey, ...Object.values(members)]) isLimited(service);
    trustsThisMachineAlone(compose, 'front', latchkey);
  });

  it('publishes the port of Latchkey to this machine, and nothing of MongoDB to anybody', () => {
    assert.deepEqual(latchkey.ports, ['127.0.0.1:3000:3000']);
    assert.equal(compose.networks?.['store']?.internal, true);
    for (const service of [init, ...Object.values(members)]) {
      assert.deepEqual([service.ports, service.networks], [undefined, ['store']]);
    }
    assert.deepEqual(latchkey.networks, ['front', 'store']);
  });

  it('takes secrets from files only, and gives each service its own', () => {
    takesSecretsFromFiles(compose, file);
    assert.deepEqual(
      Object.entries(compose.services).map(([name, { secrets }]) => [name, ...secrets]),
      [
        ['latchkey', 'latchkey_encryption_key', 'latchkey_mongodb_url'],
        ['mongo-init', 'mongo_root_password', 'latchkey_mongodb_url'],
        ['mongo1', 'mongo_keyfile', 'mongo_root_password'],
        ['mongo2', 'mongo_keyfile'],
        ['mongo3', 'mongo_keyfile'],
      ],
    );
  });

  it('asks each member and Latchkey for its health', () => {
    for (const { healthcheck } of Object.values(members)) {
      assert.deepEqual(healthcheck?.test, ['CMD', '/bin/sh', '/mongo-health.sh']);
    }
    assert.match(latchkey.healthcheck?.test.at(-1) ?? '', probe('/readyz'));
  });

  it('starts Latchkey when the replica set and its user are there, with one member broken too', () => {
    const healthy = { condition: 'service_healthy', required: false };
    assert.deepEqual(init.depends_on, { mongo1: healthy, mongo2: healthy, mongo3: healthy });
    assert.equal(init.restart, 'no');
    assert.deepEqual(latchkey.depends_on, {
      'mongo-init': { condition: 'service_completed_successfully' },
    });
  });

  it('gives scripts that there are', () => {
    const files = Object.values(compose.configs ?? {}).map((config) => config.file);
    assert.deepEqual(files, [
      './docker/mongod.sh',
      './docker/mongo-health.sh',
      './docker/replica-set.js',
    ]);
    for (const script of files) assert.ok(read(script).length > 0);
  });

  it('names settings that there are, and leaves no state in the container', () => {
    const config = configOf(latchkey);
    assert.equal(config.listen.host, '0.0.0.0');
    assert.equal(config.workers, 2);
    assert.deepEqual([config.store.engine, config.store.require_replica_set], ['mongodb', true]);
    assert.equal(latchkey.volumes, undefined);
  });
});

describe('Dockerfile', () => {
  const text = read('Dockerfile');
  const lines = text.replaceAll(/\\\n\s*/gu, '').split('\n');
  const of = (instruction: string): string[] =>
    lines.flatMap((line) =>
      line.startsWith(`${instruction} `) ? [line.slice(instruction.length + 1)] : [],
    );

  it('installs what runs, without the second Node and with the native Argon2', () => {
    const install = of('RUN').findLast((line) => line.startsWith('npm ci')) ?? '';
    assert.match(install, /--omit=dev/u);
    assert.match(install, /--ignore-scripts/u);
    assert.doesNotMatch(install, /--omit=optional/u);
  });

  it('leaves out nothing with the install scripts, and a Node for older machines is not taken', () => {
    const lock = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { hasInstallScript?: boolean; dev?: boolean; engines?: object }>;
    };
    const scripted = Object.entries(lock.packages).filter(
      ([, { hasInstallScript, dev }]) => hasInstallScript === true && dev !== true,
    );
    assert.deepEqual(scripted, []);
    assert.deepEqual(lock.packages['bin/own-node']?.engines, { node: '<24.15' });
    assert.ok(of('COPY').includes('bin/own-node bin/own-node'));
  });

  it('runs the server on a Node that is new enough, not as root', () => {
    const [base = '', ...others] = of('ARG');
    assert.match(base, /^BASE=docker\.io\/library\/node:24\.\d+\.\d+-slim@sha256:[0-9a-f]{64}$/u);
    assert.deepEqual(others, []);
    assert.deepEqual(of('FROM'), ['${BASE} AS build', '${BASE}']);
    assert.deepEqual(of('USER'), ['node']);
    assert.ok(text.indexOf('\nUSER node') < text.indexOf('\nCMD'));
    assert.deepEqual(JSON.parse(of('CMD').at(-1) ?? ''), ['latchkey', 'serve']);
    assert.match(of('HEALTHCHECK').join(), /\/healthz/u);
    // The buildah of Debian 12 does not know it.
    assert.doesNotMatch(text, /--start-interval/u);
    assert.match(of('ENV').join(), /NODE_OPTIONS="--disable-sigusr1 /u);
    assert.deepEqual(of('VOLUME'), ['/data']);
  });

  it('has the command line by its name, as the compose files call it', () => {
    assert.ok(of('RUN').includes('ln -s /app/bin/latchkey.js /usr/local/bin/latchkey'));
    assert.deepEqual(of('WORKDIR'), ['/app', '/app']);
    assert.match(read('bin/latchkey.js'), /^#!\/usr\/bin\/env node\n/u);
    for (const file of ['docker-compose.yml', 'docker-compose.sqlite.yml']) {
      assert.match(read(file), /^# +docker compose exec latchkey latchkey setup-link /mu);
      assert.doesNotMatch(read(file), /compose logs|node src\/main\.ts/u);
    }
  });

  it('copies every folder that the program reads, and .dockerignore lets it through', () => {
    assert.ok(of('COPY').includes('--from=build /app/dist/app dist/app'));
    const copied = of('COPY').flatMap((line) =>
      line.startsWith('--from=') ? [] : line.split(' ').slice(0, -1),
    );
    for (const needed of ['package.json', 'build', 'src', 'interactions', 'views', 'lists'])
      assert.ok(copied.includes(needed), needed);
    const outermost = copied.filter(
      (path) => !copied.includes(path.split('/')[0] ?? '') || !path.includes('/'),
    );
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    assert.deepEqual([...new Set(outermost)].toSorted(), allowed.toSorted());
    assert.match(read('.dockerignore'), /^\*$/mu);
  });
});
