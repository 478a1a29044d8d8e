/** What a server says of indexes that it shares with processes of other versions. */
import type { Logger } from 'pino';
import type { IndexNews } from '../../storage/indexes/versions.ts';

export function tellIndexes(log: Pick<Logger, 'info' | 'warn'>): (news: IndexNews) => void {
  return (news) => {
    if ('ready' in news)
      log.info({ indexes: news.ready }, 'indexes have been filled, and are used');
    else if (news.because.length === 0)
      log.info({ indexes: news.waiting }, 'indexes are being filled');
    else
      log.warn(
        { indexes: news.waiting, processes: news.because },
        'indexes are not used yet, as processes of another version live: what goes by them is slower until then',
      );
  };
}
