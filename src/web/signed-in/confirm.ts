/** A question before a change: one template, its words in the catalogue under `confirm.<key>`. */
import type { Notice } from '../pages.ts';
import { changedMeanwhile } from './found.ts';
import type { Answer } from './page.ts';

export interface Question {
  /** Where "No" leads. */
  back: string;
  /** Of the texts. */
  values?: Readonly<Record<string, string | number>>;
  /** Fields that the answer carries, such as the state that was looked at. */
  hidden?: Readonly<Record<string, string>>;
}

export function confirm(key: string, question: Question, problem: Notice | null = null): Answer {
  const { back, values = {}, hidden = {} } = question;
  const fields = Object.entries(hidden).map(([name, value]) => ({ name, value }));
  const context = { key, values, back, fields, problem };
  return { show: 'account/confirm', context, status: problem ? 400 : 200 };
}

/** "Yes" was said, and it can't be done: the question again, and why. */
export function confirmAgain(key: string, question: Question, problem: Notice): Answer {
  if (problem.code === 'changed-elsewhere' || problem.code === 'changed-meanwhile')
    throw changedMeanwhile(question.back);
  return confirm(key, question, problem);
}
