import { BusinessFailure, SystemFailure, TransientFailure } from '../../domain/errors.ts';
import { isObjectKey } from '../../domain/object-key.ts';

/** @throws SystemFailure `objects.bad_key` */
export function requireKey(key: string): void {
  if (isObjectKey(key)) return;
  throw new SystemFailure('An object key may hold only letters, digits, dots, hyphens and slashes.', {
    code: 'objects.bad_key',
    details: { key: key.slice(0, 200) },
  });
}

/** @throws TransientFailure `objects.checksum` */
export function requireDigest(key: string, sha256: string, expected: string | undefined): void {
  if (expected === undefined || expected === sha256) return;
  throw new TransientFailure(`${key} arrived damaged and was not kept.`, {
    code: 'objects.checksum',
    details: { key, sha256, expected },
  });
}

/** @throws BusinessFailure `objects.too_large` */
export function requireSize(sizeBytes: number, maxBytes: number): void {
  if (sizeBytes <= maxBytes) return;
  throw new BusinessFailure(`The file is larger than the ${maxBytes} bytes that are allowed for it.`, {
    code: 'objects.too_large',
    details: { maxBytes },
  });
}

export function missingObject(key: string, cause?: unknown): SystemFailure {
  return new SystemFailure(`The object ${key} is not in the store.`, { code: 'objects.missing', cause });
}
