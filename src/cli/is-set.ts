/** An empty variable counts as unset. */
export function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
