import { randomUUID } from 'node:crypto';
import { access, constants } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Config } from '../config/load.ts';
import { asFailure, SystemFailure } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import type { ObjectStore } from '../providers/objects/contract.ts';
import { type DataFolder, placesIn } from './data-folder.ts';
import { type Check, type Finding, ok } from './doctor-chats.ts';
import { freeBytesAt, littleSpaceBytes } from './free-space.ts';
import { describeBucket, lifecycleOf, openObjects, s3PlaceOf } from './objects.ts';
import type { Session } from './session.ts';

const gigabyte = 1_000_000_000;
const setUp = 'kaggle-agent setup storage';

/** Where the objects lie: writes, reads and removes one, and looks at what keeps the others safe. */
export function objectChecks({ settings, logging }: Session): Check[] {
  const { config } = settings;
  return [{ port: 'objects', look: (signal) => lookAtObjects(config, logging.log, signal) }];
}

/** Exported for tests. */
export async function lookAtObjects(config: Config, log: Log, signal: AbortSignal): Promise<Finding> {
  const places = placesIn(config.general.dataFolder);
  if (s3PlaceOf(config) !== null) return await lookAtBucket(config, places, { log, signal });
  return await lookAtFolder(config, places, { log, signal });
}

type Around = { log: Log; signal: AbortSignal };

async function lookAtFolder(config: Config, places: DataFolder, around: Around): Promise<Finding> {
  const folder = places.root;
  const isThere = await access(folder, constants.F_OK).then(
    () => true,
    () => false,
  );
  if (!isThere) return ok(`folder ${folder}, made at the first start`);
  try {
    // A start wants to write beside the objects too.
    await access(folder, constants.W_OK);
    await probe(config, places, around);
  } catch (error) {
    const next = 'mend its owner or its rights, or name another folder with KAGGLE_AGENT_DATA';
    return {
      status: 'error',
      message: `folder ${folder} cannot be written: ${asFailure(error).message}`,
      next,
    };
  }
  const freeBytes = await freeBytesAt(folder);
  const message = `folder ${folder}, ${(freeBytes / gigabyte).toFixed(1)} GB free`;
  if (freeBytes > littleSpaceBytes) return ok(message);
  return { status: 'warn', message, next: 'free some space: below 2 GB runs may fail' };
}

async function lookAtBucket(config: Config, places: DataFolder, around: Around): Promise<Finding> {
  const place = s3PlaceOf(config);
  if (place === null) return ok('the data folder');
  const { createBucketKeeper } = await import('../providers/objects/s3-bucket.ts');
  const keeper = createBucketKeeper(place, { rules: lifecycleOf(config), signal: around.signal });
  try {
    await probe(config, places, around);
    const findings = await keeper.inspect();
    const where = describeBucket(place);
    const odd = findings.find(({ status }) => status === 'odd');
    if (odd !== undefined) return { status: 'warn', message: `${where}: ${odd.text}`, next: null };
    const wrong = findings.filter(({ status }) => status === 'wrong');
    if (wrong.length > 0) {
      const faults = wrong.map(({ aspect, text }) => `${aspect} ${text}`).join(', ');
      return { status: 'warn', message: `${where}: ${faults}`, next: setUp };
    }
    const lacking = findings.filter(({ status }) => status === 'unsupported').map(({ aspect }) => aspect);
    const lacks = lacking.length === 0 ? '' : `; this server has no ${lacking.join(', no ')}`;
    return ok(`${where}, versions kept, written and read for a test${lacks}`);
  } catch (error) {
    const { code, message } = asFailure(error);
    return { status: 'error', message, next: code === 'objects.no_bucket' ? setUp : null };
  } finally {
    keeper.close();
  }
}

/** Does everything that the agent does with objects: put, head, get, list, a link, remove. @throws Failure */
async function probe(config: Config, places: DataFolder, { log, signal }: Around): Promise<void> {
  const opened = await openObjects({
    config,
    places,
    linkSecret: 'not used for a link that anybody follows',
    ownUrl: () => 'http://127.0.0.1',
    now: () => new Date(),
    log,
  });
  const key = `scratch/doctor-${randomUUID()}`;
  const body = `kaggle-agent doctor ${key}`;
  try {
    const { objects } = opened;
    try {
      await objects.put(key, Buffer.from(body), { signal });
      await requireSame(objects, { key, body, isPresigned: opened.presigned, signal });
    } finally {
      await objects.remove(key);
    }
  } finally {
    opened.close();
  }
}

async function requireSame(
  objects: ObjectStore,
  {
    key,
    body,
    isPresigned,
    signal,
  }: { key: string; body: string; isPresigned: boolean; signal: AbortSignal },
): Promise<void> {
  const read = await text(await objects.get(key));
  const listed = await objects.list('scratch');
  const info = await objects.head(key);
  const isListed = listed.some((object) => object.key === key);
  const isLinked = !isPresigned || (await followLink(objects, key, signal)) === body;
  if (read === body && info?.sizeBytes === body.length && isListed && isLinked) return;
  throw new SystemFailure('What was written for a test did not come back as it was.', {
    code: 'objects.probe',
  });
}

/** As a machine that trains does it. */
async function followLink(objects: ObjectStore, key: string, signal: AbortSignal): Promise<string> {
  const link = await objects.signedUrl(key, { method: 'GET', expiresInSeconds: 60 });
  const answer = await fetch(link, { signal });
  if (answer.ok) return await answer.text();
  throw new SystemFailure(`A link to an object is answered with ${answer.status}.`, {
    code: 'objects.probe',
  });
}
