import { shorten } from '../shorten.ts';
import { longestNameInLine } from './limits.ts';

/** Plain: `multiclass log loss`, as people write what we call `multiclass_log_loss`. */
export function metricName(name: string): string {
  return shorten(name.replaceAll('_', ' '), longestNameInLine);
}
