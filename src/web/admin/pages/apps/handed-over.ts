/** What the other side of an app is set up with, on the one answer that has its secret. */
import type { ClientRecord } from '../../../../records/client.ts';
import { templateValues } from '../../../../templates/template.ts';
import { TEMPLATES, type TemplateId } from '../../../../templates/templates.ts';
import type { Answer } from '../../../signed-in/page.ts';
import { appPath } from '../../apps/app.ts';
import { TEMPLATE_TEXTS } from '../../apps/template-texts.ts';
import type { AdminVisit } from '../../page.ts';
import { toldOf } from './overview.ts';

interface HandedOver {
  client: ClientRecord;
  /** In clear; null: it has none, or the one that was brought along. */
  secret: string | null;
  /** Was it registered just now? Else its secret is what is new. */
  isNew: boolean;
  template?: { id: TemplateId; url: string };
  /** Until when the ones before go on, milliseconds since the epoch. */
  oldUntil?: number | null;
}

export function handedOver({ parts }: AdminVisit, handed: HandedOver): Answer {
  const { client, secret, isNew, template, oldUntil = null } = handed;
  const { issuer } = parts.config;
  const about = { clientId: client.id, secret, url: template?.url ?? '' };
  const files = template ? TEMPLATES[template.id].files(templateValues(parts.config, about)) : [];
  const context = {
    app: { id: client.id, name: client.name },
    secret,
    isNew,
    oldUntil,
    steps: template ? TEMPLATE_TEXTS[template.id].steps : [],
    files: files.map(({ where, text, secret: isSecret }, at) => ({
      id: `file-${at}`,
      where,
      text,
      isSecret,
    })),
    needs: toldOf(client, issuer),
    settings: appPath(client.id, 'settings'),
    back: appPath(client.id),
  };
  return { show: 'admin/app-handed-over', context };
}
