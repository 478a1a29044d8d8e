/** The fenced blocks of a page, and what the page says about running them. */

export interface Block {
  /** `README.md:12` */
  place: string;
  /** What is written after the fence: `sh`, `yaml`, `text`, … */
  language: string;
  text: string;
  /** Of `<!-- not run: REASON -->` in the line before. */
  notRun?: string;
  /** Of `<!-- before: COMMAND -->` in the lines before: what has happened where the page is read. */
  before: string[];
}

const NOTE = /^\s*<!-- (not run|before): (.+) -->$/u;

/** In order. `path` is for `place` alone. */
export function blocksOf(path: string, page: string): Block[] {
  const lines = page.split('\n');
  const found: Block[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const [, indent, language] = /^(\s*)```(\S*)/u.exec(lines[at] ?? '') ?? [];
    if (indent === undefined || language === undefined) continue;
    const end = lines.indexOf(`${indent}\`\`\``, at + 1);
    if (end < 0) throw new Error(`${path}:${at + 1}: this block has no end`);
    const text = lines.slice(at + 1, end).map((line) => line.slice(indent.length));
    found.push({
      place: `${path}:${at + 1}`,
      language,
      text: text.join('\n'),
      ...notes(lines, at),
    });
    at = end;
  }
  return found;
}

function notes(lines: readonly string[], fence: number): Pick<Block, 'notRun' | 'before'> {
  const before: string[] = [];
  for (let at = fence - 1; ; at -= 1) {
    const line = lines[at] ?? '';
    const [, kind, said = ''] = NOTE.exec(line) ?? [];
    if (kind === 'not run') return { notRun: said, before };
    if (kind === 'before') before.unshift(said);
    else if (line.trim() !== '') return { before };
    if (at < 0) return { before };
  }
}

/** Commands in running text: code spans that begin with how a command is typed. */
export function spokenCommands(page: string): string[] {
  const text = page.replaceAll(/^\s*```[^]*?^\s*```$/gmu, '');
  const spans = [...text.matchAll(/`([^`\n]+)`/gu)].map(([, span = '']) => span);
  return spans.filter((span) => /^(?:latchkey|npm) \S/u.test(span));
}
