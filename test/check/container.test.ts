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
  user: string;
  read_only: boolean;
  cap_drop: string[];
  cap_add?: string[];
  privileged?: boolean;
  security_opt: string[];
  environment: Record<string, string>;
  secrets: string[];
  volumes: string[];
  ports: string[];
  healthcheck: { test: string[] };
}

describe('docker-compose.yml', () => {
  const compose = parse(read('docker-compose.yml')) as {
    services: { latchkey: Service };
    secrets: Record<string, { file: string }>;
    volumes: Record<string, unknown>;
  };
  const { latchkey } = compose.services;

  it('gives no rights that are not needed', () => {
    assert.match(latchkey.user, /^[1-9]\d*:[1-9]\d*$/u);
    assert.equal(latchkey.read_only, true);
    assert.deepEqual(latchkey.cap_drop, ['ALL']);
    assert.ok(latchkey.security_opt.includes('no-new-privileges:true'));
    assert.deepEqual([latchkey.cap_add, latchkey.privileged], [undefined, undefined]);
    for (const port of latchkey.ports) assert.match(port, /^127\.0\.0\.1:/u);
  });

  it('takes the encryption key from a secret that neither git nor the image has', () => {
    const [name = ''] = latchkey.secrets;
    assert.equal(latchkey.environment['LATCHKEY_ENCRYPTION_KEY_FILE'], `/run/secrets/${name}`);
    assert.equal(latchkey.environment['LATCHKEY_ENCRYPTION_KEY'], undefined);
    assert.match(compose.secrets[name]?.file ?? '', /^\.\/data\//u);
    assert.match(read('.gitignore'), /^data\/$/mu);
    assert.doesNotMatch(read('.dockerignore'), /^!data/mu);
  });

  it('keeps the store in a volume', () => {
    const [volume = ''] = latchkey.volumes;
    const [name = '', folder] = volume.split(':');
    assert.ok(name in compose.volumes);
    assert.equal(folder, '/data');
    assert.equal(latchkey.environment['LATCHKEY_STORE_PATH'], '/data/latchkey.db');
  });

  it('names settings that there are', () => {
    const { environment } = latchkey;
    assert.match(environment['LATCHKEY_ISSUER'] ?? '', /^\$\{LATCHKEY_ISSUER:\?/u);
    const env = {
      ...environment,
      LATCHKEY_ISSUER: 'https://id.example.org',
      LATCHKEY_ENCRYPTION_KEY_FILE: undefined,
    };
    const config = loadConfig({ env, cwd: root });
    assert.equal(config.listen.host, '0.0.0.0');
    assert.equal(config.store.path, '/data/latchkey.db');
  });

  it('asks for its health', () => {
    const [kind, program] = latchkey.healthcheck.test;
    assert.deepEqual([kind, program], ['CMD', 'node']);
    assert.match(latchkey.healthcheck.test.at(-1) ?? '', /fetch\('http:\/\/127.*\/healthz'\)/u);
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
    const install = of('RUN').find((line) => line.startsWith('npm ci')) ?? '';
    assert.match(install, /--omit=dev/u);
    assert.match(install, /--ignore-scripts/u);
    assert.doesNotMatch(install, /--omit=optional/u);
  });

  it('leaves out nothing but Node with the install scripts', () => {
    const lock = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { hasInstallScript?: boolean; dev?: boolean; engines?: object }>;
    };
    const scripted = Object.entries(lock.packages).filter(
      ([, { hasInstallScript, dev }]) => hasInstallScript === true && dev !== true,
    );
    assert.deepEqual(
      scripted.map(([path]) => path),
      ['node_modules/node'],
    );
  });

  it('runs the server on a Node that is new enough, not as root', () => {
    assert.match(of('FROM').join(), /^node:24-/u);
    assert.deepEqual(of('USER'), ['node']);
    assert.ok(text.indexOf('\nUSER node') < text.indexOf('\nCMD'));
    assert.deepEqual(JSON.parse(of('CMD').at(-1) ?? ''), ['node', 'src/main.ts', 'serve']);
    assert.match(of('HEALTHCHECK').join(), /\/healthz/u);
    assert.deepEqual(of('VOLUME'), ['/data']);
  });

  it('copies every folder that the program reads, and .dockerignore lets it through', () => {
    const copied = of('COPY').flatMap((line) => line.split(' ').slice(0, -1));
    for (const needed of ['package.json', 'src', 'interactions', 'views', 'config'])
      assert.ok(copied.includes(needed), needed);
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    assert.deepEqual(copied.toSorted(), allowed.toSorted());
    assert.match(read('.dockerignore'), /^\*$/mu);
  });
});
