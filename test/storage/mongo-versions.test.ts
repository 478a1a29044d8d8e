/** Indexes of two versions side by side, on MongoDB. Runs where MONGODB_URI names a server. */
import { randomBytes } from 'node:crypto';
import { dropDatabase, MONGODB_URI, mongoOptions } from '../support/mongo.ts';
import { sideBySide } from './versions/side-by-side.ts';

if (MONGODB_URI !== undefined)
  sideBySide('MongoDB', async () => {
    const options = mongoOptions(`versions_${randomBytes(6).toString('hex')}`);
    return { options, remove: () => dropDatabase(options.url) };
  });
