/** Mails under the letterhead of the organisation whose they are: as it is when they are handed over. */
import { organisationLetterhead, type OwnLetterhead } from '../../mail/letterhead.ts';
import type { Mail } from '../../mail/mail.ts';
import type { RenderedMail } from '../../mail/render.ts';
import { findLogo } from '../../records/branding/logo.ts';
import { getOrganisation } from '../../records/organisation.ts';
import type { Store } from '../../storage/store.ts';
import { halfSecond } from '../../timing/half-second.ts';
import type { Views } from '../load-views.ts';

interface OrganisationMailParts {
  store: Pick<Store, 'get'>;
  views: Pick<Views, 'mails' | 'letterhead'>;
  /** Milliseconds. */
  now(): number;
}

/** Organisations whose letterheads are kept: many mails at once are often of one. */
const MOST = 100;

export function renderForOrganisations({ store, views, now }: OrganisationMailParts) {
  const render = views.mails();
  const letterheadOf = halfSecond({ read: (id) => ownLetterhead(store, id), now, most: MOST });
  return async (mail: Mail): Promise<RenderedMail> => {
    const own = mail.organisation === undefined ? null : await letterheadOf(mail.organisation);
    return render(mail, own ? organisationLetterhead(own, views.letterhead) : views.letterhead);
  };
}

/** Null: it says nothing of itself, or is gone. */
async function ownLetterhead(store: Pick<Store, 'get'>, id: string): Promise<OwnLetterhead | null> {
  const organisation = await getOrganisation(store, id);
  if (!organisation) return null;
  const { logo, colour = null, contact = null, senderName = null } = organisation;
  // A logo that can't be read holds no mail up.
  const picture = logo ? await findLogo(store, id, logo.id).catch(() => undefined) : undefined;
  return { colour, contact, senderName, logo: picture ?? null };
}
