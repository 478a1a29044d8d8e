/** A question before an act of the console: what ends, and for whom. */
import type { Problem } from '../../problem.ts';
import { confirm, type Question } from '../signed-in/confirm.ts';
import { changedMeanwhile } from '../signed-in/found.ts';
import type { Answer } from '../signed-in/page.ts';

export function ask(key: string, question: Question, problem: Problem | null = null): Answer {
  if (problem?.code === 'changed-meanwhile') throw changedMeanwhile(question.back);
  const asked = confirm(key, question, problem);
  return { ...asked, show: 'admin/confirm', status: problem?.status ?? 200 };
}
