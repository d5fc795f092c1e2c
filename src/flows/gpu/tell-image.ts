import type { Context } from '../../context.ts';
import { alertPeople, clearPeopleAlert } from '../human-loop/alert.ts';
import { ofProvider } from './providers.ts';

type TellContext = Pick<Context, 'state' | 'actor'>;

const alertKind = 'gpu_image';
const code = 'compute.image_missing';

/** No machine can fetch the image, so no other one will help: a person has to mend it. */
export async function tellMissingImage(
  ctx: TellContext,
  provider: string,
  trouble: { code: string; message: string } | null,
): Promise<void> {
  if (trouble?.code !== code) return;
  const message = `${ofProvider(provider, trouble.message)} Correct KAGGLE_AGENT_GPU_IMAGE, or make the image public; every machine would fail as this one did.`;
  await alertPeople(ctx, { kind: alertKind, severity: 'warning', code, message });
}

/** A machine has come up with its image. */
export async function clearMissingImage(ctx: TellContext): Promise<void> {
  await clearPeopleAlert(ctx, alertKind);
}
