import type { Readable } from 'node:stream';

/** What the store knows about one object. */
export type ObjectInfo = { sizeBytes: number; sha256: string; modifiedAt: Date };

export type ListedObject = { key: string; sizeBytes: number; modifiedAt: Date };

/** An object's earlier state, kept for a while after it was replaced or removed. */
export type ObjectVersion = {
  /** Its name; only the store that gave it knows what it means. */
  version: string;
  sizeBytes: number;
  /** When these bytes were put. */
  modifiedAt: Date;
};

/** What a store cleared away of what its lifecycle rules let go. */
export type PruneReport = {
  /** Objects below a prefix whose objects do not last. */
  objects: number;
  versions: number;
  /** Uploads that nobody finished. */
  uploads: number;
  /** Of all these together. */
  freedBytes: number;
};

export type PutOptions = {
  /** Lower-case hex; an object with another digest is not kept. */
  sha256?: string;
  /** More than this is not kept. */
  maxBytes?: number;
  signal?: AbortSignal;
};

export type LinkOptions = {
  method: 'GET' | 'PUT';
  expiresInSeconds: number;
  /**
   * For PUT: the largest body. The folder's server refuses a larger one; a presigned link of S3 cannot say it, so
   * whoever reads what came by such a link looks at its size first.
   */
  maxBytes?: number;
  /** Followed on this machine alone: it leads to our own server, whatever others see of that. */
  isLocal?: boolean;
};

/**
 * Files by key. Keys are plain (`competitions/titanic/rounds/1/oof.csv`, see `isObjectKey`); a put replaces the
 * whole object or nothing. Implementations: a folder, S3.
 */
export type ObjectStore = {
  /**
   * @throws SystemFailure `disk.full` (scope `process`), `objects.bad_key`
   * @throws TransientFailure `objects.checksum` when the bytes are not those of `sha256`, `objects.unreachable`
   * @throws BusinessFailure `objects.too_large`
   * @throws ConfigurationFailure where a store elsewhere refuses us
   */
  put(key: string, body: Buffer | Readable, options?: PutOptions): Promise<ObjectInfo>;
  /**
   * The object's bytes as they are now, though it is replaced while they are read; `range` is inclusive at both
   * ends, and what lies beyond the object's end is left out.
   * @throws SystemFailure `objects.missing`, `objects.bad_key`
   */
  get(key: string, range?: { start: number; end: number }): Promise<Readable>;
  /**
   * Where the object's bytes lie on this machine's own disk: to be read only, and only where nobody replaces the
   * object meanwhile. Left out by a store that lies elsewhere.
   * @throws SystemFailure `objects.missing`, `objects.bad_key`
   */
  localFile?(key: string): Promise<string>;
  /** @returns null when there is no such object */
  head(key: string): Promise<ObjectInfo | null>;
  /** Objects whose key is below the folder `prefix`, or all for an empty one, in the order of their keys. */
  list(prefix: string): Promise<ListedObject[]>;
  /** Removing what is not there is no error. */
  remove(key: string): Promise<void>;
  /** A URL that allows this one method on this one object for so long. */
  signedUrl(key: string, options: LinkOptions): Promise<string>;
  /** Earlier states of an object that are still kept, the newest first; none in a bucket without versioning. */
  versions(key: string): Promise<ObjectVersion[]>;
  /**
   * The bytes of one of `versions`. Putting them again restores the object.
   * @throws SystemFailure `objects.missing`
   */
  getVersion(key: string, version: string): Promise<Readable>;
  /** Clears away what the lifecycle rules let go, where the store does not do so by itself. */
  prune(): Promise<PruneReport>;
};
