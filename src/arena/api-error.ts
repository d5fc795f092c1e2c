/**
 * Refusals in the vendor's words and shapes. `nested` is what the RPC gateway answers (google.rpc), `flat` what
 * REST-like handlers do, and an empty body occurs too.
 * Source: Kaggle/kaggle-cli issues 152, 448, 488, 530, 555, 931.
 */
export type ErrorShape = 'nested' | 'flat' | 'empty';

const statusNames: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
};

const flatMessages: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  404: 'NotFound',
  429: 'TooManyRequests',
};

/** An answer that is no success. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly statusName: string;
  readonly shape: ErrorShape | null;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    options: { statusName?: string; shape?: ErrorShape; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.status = status;
    this.statusName = options.statusName ?? statusNames[status] ?? 'UNKNOWN';
    this.shape = options.shape ?? null;
    this.headers = options.headers ?? {};
  }
}

/** @param shape what the handler answers unless the error itself asks for another */
export function errorBody(error: ApiError, shape: ErrorShape): string {
  const { status: code, message, statusName: status } = error;
  const chosen = error.shape ?? shape;
  if (chosen === 'empty') return '';
  if (chosen === 'flat') return JSON.stringify({ code, message: flatMessages[code] ?? message });
  return JSON.stringify({ error: { code, message, status } });
}

export const unauthenticated = (): ApiError => new ApiError(401, 'Unauthenticated');
export const denied = (permission: string): ApiError =>
  new ApiError(403, `Permission '${permission}' was denied`);
export const notFound = (): ApiError => new ApiError(404, 'NotFound');
export const invalid = (message: string): ApiError => new ApiError(400, message);

/** A rule of the competition refuses the submission; it uses up no allowance. */
export const refusedSubmission = (reason: string): ApiError =>
  new ApiError(400, `Submission not allowed:  ${reason}`, { statusName: 'FAILED_PRECONDITION' });
