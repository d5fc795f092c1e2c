import type { Readable } from 'node:stream';

/** What the store knows about one object. */
export type ObjectInfo = { sizeBytes: number; sha256: string; modifiedAt: Date };

export type ListedObject = { key: string; sizeBytes: number; modifiedAt: Date };

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
  /** For PUT: the largest body. */
  maxBytes?: number;
};

/**
 * Files by key. Keys are plain (`competitions/titanic/rounds/1/oof.csv`, see `isObjectKey`); a put replaces the
 * whole object or nothing. Implementations: a folder, S3.
 */
export type ObjectStore = {
  /**
   * @throws SystemFailure `disk.full` (scope `process`), `objects.bad_key`
   * @throws TransientFailure `objects.checksum` when the bytes are not those of `sha256`
   * @throws BusinessFailure `objects.too_large`
   */
  put(key: string, body: Buffer | Readable, options?: PutOptions): Promise<ObjectInfo>;
  /**
   * The object's bytes; `range` is inclusive at both ends.
   * @throws SystemFailure `objects.missing`, `objects.bad_key`
   */
  get(key: string, range?: { start: number; end: number }): Promise<Readable>;
  /** @returns null when there is no such object */
  head(key: string): Promise<ObjectInfo | null>;
  /** Objects whose key is below the folder `prefix`, or all for an empty one, in the order of their keys. */
  list(prefix: string): Promise<ListedObject[]>;
  /** Removing what is not there is no error. */
  remove(key: string): Promise<void>;
  /** A URL that allows this one method on this one object for so long. */
  signedUrl(key: string, options: LinkOptions): Promise<string>;
};
