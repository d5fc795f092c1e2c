import { expect, test } from 'vitest';
import { createS3Store } from '../../../src/providers/objects/s3.ts';
import { someKeys } from '../../support/s3/a-bucket.ts';
import { silentLog } from '../../support/silent-log.ts';

test.each(['GET', 'PUT'] as const)(
  "a %s link for Amazon's own S3 names the bucket and its region, and signs nothing that a runner does not send",
  async (method) => {
    const store = createS3Store({
      bucket: 'agent-of-mika',
      region: 'eu-central-1',
      endpoint: null,
      forcePathStyle: false,
      credentials: () => someKeys,
      now: () => new Date('2026-11-22T12:00:00Z'),
      log: silentLog,
    });

    const link = new URL(
      await store.signedUrl('a/b.csv', { method, expiresInSeconds: 3_600, maxBytes: 1_000 }),
    );

    expect(link.origin + link.pathname).toBe('https://agent-of-mika.s3.eu-central-1.amazonaws.com/a/b.csv');
    expect(link.searchParams.get('X-Amz-SignedHeaders')).toBe('host');
    expect(link.searchParams.get('X-Amz-Date')).toBe('20261122T120000Z');
    expect(link.searchParams.get('X-Amz-Expires')).toBe('3600');
    // A checksum in the address would be that of an empty body.
    expect([...link.searchParams.keys()].filter((name) => /checksum/i.test(name))).toEqual([]);
    store.close();
  },
);
