/** Runs a development tool of node_modules on this Node, and takes what it prints as its failures. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';

/** A program of a package (`tsc` of `typescript`) with arguments; `root` is where it runs. */
export interface Tool {
  package: string;
  program: string;
  args: readonly string[];
}

/** Answers what the tool said when it failed, and nothing when it found nothing wrong. */
export async function runTool(root: string, tool: Tool): Promise<string[]> {
  const child = spawn(process.execPath, [await programOf(root, tool), ...tool.args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  });
  const ended = Promise.withResolvers<number | null>();
  child.once('error', ended.reject).once('close', ended.resolve);
  const [out, err, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    ended.promise,
  ]);
  if (code === 0) return [];
  const said = `${out}\n${err}`.split('\n').filter((line) => line.trim() !== '');
  return said.length > 0 ? said : [`${tool.program} failed with exit code ${code}`];
}

/** The program's file: those in node_modules/.bin would look for a Node of their own. */
async function programOf(root: string, tool: Tool): Promise<string> {
  const description = join(root, 'node_modules', tool.package, 'package.json');
  const { bin } = JSON.parse(await readFile(description, 'utf8')) as {
    bin?: string | Record<string, string>;
  };
  const file = typeof bin === 'string' ? bin : bin?.[tool.program];
  if (file === undefined) throw new Error(`${tool.package} has no program ${tool.program}.`);
  return join(dirname(description), file);
}
