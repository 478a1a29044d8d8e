/** Fields of clients, as every door takes them. */
import { z } from 'zod';
import { LONGEST } from '../../oidc/clients/client-uri.ts';

/** Longer than one can be: what is wrong with it is told with its beginning (oidc/clients/client-uri.ts). */
export const uriInput = z.string().max(2 * LONGEST);
export const urisInput = z.array(uriInput).max(1000);
/** An `acr` value of ours. */
export const acrInput = z.string().max(200);
/** Ids; null: all of them. */
export const organisationsInput = z.array(z.string().max(200)).max(10_000).nullable();
