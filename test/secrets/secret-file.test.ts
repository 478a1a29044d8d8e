/** Rights of files with secrets: what is refused, what is told, and what a read-only mount changes. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isReadOnly } from '../../src/secrets/read-only-mount.ts';
import {
  judgeFile,
  judgeFolder,
  readSecretFile,
  requireSafeFolder,
  UnsafeSecretFile,
  type SecretKind,
} from '../../src/secrets/secret-file.ts';

const US = 1000;
const file = (
  mode: number,
  more: { uid?: number; onReadOnlyMount?: boolean; kind?: SecretKind } = {},
) => {
  const { kind = 'key', uid = US, onReadOnlyMount = false } = more;
  const { refusal, warning } = judgeFile(
    { path: '/etc/latchkey.key', kind },
    { mode: 0o100_000 | mode, uid, onReadOnlyMount },
    US,
  );
  return refusal ? 'refused' : warning ? 'warned' : 'fine';
};

describe('the file of the installation key', () => {
  for (const mode of [0o600, 0o400, 0o700])
    it(`${mode.toString(8)} is fine`, () => assert.equal(file(mode), 'fine'));
  for (const mode of [0o640, 0o440])
    it(`${mode.toString(8)} is told`, () => assert.equal(file(mode), 'warned'));
  for (const mode of [0o644, 0o604, 0o444, 0o666, 0o660, 0o620, 0o602, 0o777])
    it(`${mode.toString(8)} is refused`, () => assert.equal(file(mode), 'refused'));

  it('may be read, not written, by others on a read-only mount', () => {
    for (const mode of [0o644, 0o444, 0o440, 0o400])
      for (const uid of [0, US, 4711])
        assert.equal(file(mode, { uid, onReadOnlyMount: true }), 'fine');
    for (const mode of [0o666, 0o660, 0o646])
      assert.equal(file(mode, { onReadOnlyMount: true }), 'refused');
  });

  it('of another user is told; root’s is fine', () => {
    assert.equal(file(0o600, { uid: 4711 }), 'warned');
    assert.equal(file(0o600, { uid: 0 }), 'fine');
  });

  it('is not judged where there are no such rights', () => {
    const rights = { mode: 0o666, uid: 0, onReadOnlyMount: false };
    assert.deepEqual(judgeFile({ path: 'x', kind: 'key' }, rights, undefined), {});
    assert.deepEqual(judgeFolder('x', { mode: 0o777 }, undefined), {});
  });
});

describe('the file of another secret', () => {
  it('is told when others can read it, and refused when they can write it', () => {
    const modes = [0o600, 0o640, 0o644, 0o664, 0o666];
    assert.deepEqual(
      modes.map((mode) => file(mode, { kind: 'password' })),
      ['fine', 'warned', 'warned', 'refused', 'refused'],
    );
  });
});

describe('the folder of a secret’s file', () => {
  it('is refused when everybody can put another file there', () => {
    const of = (mode: number) => judgeFolder('/data', { mode: 0o40_000 | mode }, US);
    assert.deepEqual([of(0o755), of(0o700), of(0o1777)], [{}, {}, {}]);
    assert.match(of(0o777).refusal ?? '', /Type: chmod go-w \/data$/u);
    assert.match(of(0o775).warning ?? '', /Type: chmod go-w \/data$/u);
  });
});

describe('a mount', () => {
  const INFO = [
    '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw',
    // systemd: LoadCredential=
    '31 27 0:40 / /run/credentials/latchkey.service ro,nosuid,nodev,noexec - ramfs ramfs ro,mode=700',
    // Docker Compose: a file of the host, read-only here
    '32 27 254:0 /srv/latchkey.key /run/secrets/latchkey_encryption_key ro,relatime - ext4 /dev/vda rw',
    // Kubernetes: a secret volume
    '33 27 0:41 / /etc/latchkey ro,relatime shared:5 - tmpfs tmpfs rw,size=64k',
    '34 27 0:42 / /srv/root rw,relatime - tmpfs tmpfs rw,size=64k,errors=remount-ro',
    '3 27 0:43 / /srv/cdrom rw,relatime - iso9660 /dev/sr0 ro',
    '',
  ].join('\n');

  it('is read-only by its own options or its file system’s', () => {
    const found = ['27', '31', '32', '33', '34', '3', '7', ''].map((id) => isReadOnly(INFO, id));
    assert.deepEqual(found, [false, true, true, true, false, true, false, false]);
  });
});

describe('a real file', { skip: process.platform === 'win32' }, () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-secret-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Whatever the umask of the tests is. */
  const make = (name: string, mode: number): string => {
    const path = join(folder, name);
    writeFileSync(path, 'secret\n');
    chmodSync(path, mode);
    return path;
  };
  const refusal = (path: string): string => {
    try {
      readSecretFile(path, 'key');
    } catch (error) {
      assert.ok(error instanceof UnsafeSecretFile, String(error));
      return error.message;
    }
    throw new Error(`${path} was read.`);
  };

  it('is read when it is its owner’s alone', () => {
    assert.deepEqual(readSecretFile(make('good', 0o600), 'key'), {
      text: 'secret\n',
      warnings: [],
    });
  });

  it('is refused with what to type, which helps', () => {
    const path = make("it's the key", 0o644);
    const [, command = ''] = /Type: (.*)$/u.exec(refusal(path)) ?? [];
    assert.match(command, /^chmod 600 /u);
    execFileSync('sh', ['-c', command]);
    assert.equal(readSecretFile(path, 'key').text, 'secret\n');
  });

  it('is read with a warning when its group can read it', () => {
    const { text, warnings } = readSecretFile(make('group', 0o640), 'key');
    assert.equal(text, 'secret\n');
    assert.match(warnings.join(), /its group can read it \(mode 0640\)/u);
  });

  it('is judged itself, not the link that leads to it', () => {
    const link = join(folder, 'link');
    symlinkSync(make('target', 0o600), link);
    assert.equal(readSecretFile(link, 'key').text, 'secret\n');
    chmodSync(join(folder, 'target'), 0o644);
    assert.match(refusal(link), /everybody can read it/u);
  });

  it('is refused in a folder that everybody can write to, also behind a link', () => {
    const open = join(folder, 'open');
    mkdirSync(open);
    const path = make('open/key', 0o600);
    chmodSync(open, 0o777);
    assert.match(refusal(path), /folder .*open holds.*chmod go-w/u);
    const link = join(folder, 'to-open');
    symlinkSync(path, link);
    assert.match(refusal(link), /folder/u);
    assert.throws(() => requireSafeFolder(open), UnsafeSecretFile);
    chmodSync(open, 0o1777);
    assert.equal(readSecretFile(path, 'key').text, 'secret\n');
  });

  it('of another user is read with a warning', (t) => {
    if (process.getuid?.() !== 0) return t.skip('only root gives files away');
    const path = make('theirs', 0o600);
    chownSync(path, 4711, 4711);
    assert.match(readSecretFile(path, 'key').warnings.join(), /another user \(4711\)/u);
  });

  it('that is none: what opening it says', () => {
    assert.throws(() => readSecretFile(join(folder, 'none'), 'key'), { code: 'ENOENT' });
    assert.throws(() => readSecretFile(folder, 'key'), { code: 'EISDIR' });
  });

  it('may be a pipe of a shell', () => {
    const piped = readInShell(`"$0" --input-type=module -e "$1" /dev/stdin`, 'echo secret |');
    assert.deepEqual(JSON.parse(piped.stdout), { text: 'secret\n', warnings: [] }, piped.stderr);
  });

  it('may be readable by all on a read-only mount', (t) => {
    const path = make('mounted', 0o644);
    const mount = `mount --bind "${path}" "${path}" && mount -o remount,bind,ro "${path}"`;
    const mine = spawnSync('unshare', ['-rm', 'true']);
    if (mine.status !== 0) return t.skip('no mount namespace of our own can be made here');
    const inside = readInShell(
      `unshare -rm sh -c '${mount} && exec "$0" --input-type=module -e "$1" "$2"' "$0" "$1" "${path}"`,
    );
    if (/mount/u.test(inside.stderr)) return t.skip(inside.stderr);
    assert.deepEqual(JSON.parse(inside.stdout), { text: 'secret\n', warnings: [] }, inside.stderr);
    return assert.match(refusal(path), /everybody can read it/u);
  });
});

/** Reads the file that the shell's command names last, in a process of its own. */
function readInShell(command: string, before_ = '') {
  const module = fileURLToPath(new URL('../../src/secrets/secret-file.ts', import.meta.url));
  const program = `import { readSecretFile } from ${JSON.stringify(module)};
    console.log(JSON.stringify(readSecretFile(process.argv.at(-1), 'key')));`;
  const args = ['-c', `${before_} ${command}`, process.execPath, program];
  return spawnSync('sh', args, { encoding: 'utf8' });
}
