/**
 * Logos of organisations. Each that was chosen is a document of its own, under an id of its own, and never changes:
 * the organisation's document says which one is shown, and pages name it by that id. One that is shown no
 * more is kept for a day, to be brought back.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Picture, PictureType } from '../../branding/pictures/picture.ts';
import { collection, type Store } from '../../storage/store.ts';

/** What an organisation's document says of it. */
export interface LogoShown {
  /** SHA-256 of the picture and of something random: no two organisations share one, and no two choices. */
  id: string;
  type: PictureType;
  /** Pixels. */
  width: number;
  height: number;
}

export interface StoredLogo extends Omit<LogoShown, 'id'> {
  organisation: string;
  /** Base64. */
  content: string;
}

export const logoCollection = collection<StoredLogo>('organisation_logo', {
  key: 'hash',
  fields: { text: ['organisation', 'type', 'content'], number: ['width', 'height'] },
});

/** Milliseconds for which one that is shown no more can be brought back. */
export const LOGO_KEPT_FOR = 86_400_000;

/** Kept before anything names it: what breaks off in between leaves a picture that nobody sees. */
export async function keepLogo(
  store: Pick<Store, 'put'>,
  organisation: string,
  { content, ...rest }: Picture,
): Promise<LogoShown> {
  const id = createHash('sha256').update(randomBytes(32)).update(content).digest('base64url');
  const stored = { ...rest, organisation, content: content.toString('base64') };
  await store.put(logoCollection, id, stored);
  return { id, ...rest };
}

/** Undefined: it is another organisation's, or gone. */
export async function findLogo(
  store: Pick<Store, 'get'>,
  organisation: string,
  id: string,
): Promise<Picture | undefined> {
  const stored = await store.get(logoCollection, id);
  if (stored?.organisation !== organisation) return undefined;
  const { type, width, height, content } = stored;
  return { type, width, height, content: Buffer.from(content, 'base64') };
}

/** It is shown no more. No other organisation, and no later choice, names it by that id. */
export async function retireLogo(
  store: Pick<Store, 'update'>,
  { id }: LogoShown,
  now: number,
): Promise<void> {
  await store.update(logoCollection, id, (stored) =>
    stored
      ? { put: stored, expiresAt: now + LOGO_KEPT_FOR, result: undefined }
      : { result: undefined },
  );
}
