/** Fields of clients, as every door takes them. */
import { z } from 'zod';
import { boundedText } from '../input.ts';

export const uriInput = boundedText;
export const urisInput = z.array(uriInput).max(1000);
/** An `acr` value of ours. */
export const acrInput = boundedText;
/** Ids; null: all of them. */
export const organisationsInput = z.array(boundedText).max(10_000).nullable();
