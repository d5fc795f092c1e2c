import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import type { TrainingImage } from '../../domain/training-image.ts';
import { type GeneratedCodeRow, recordImage } from '../../state/code.ts';

/**
 * Has the image of a script built where a registry is configured. One that cannot be built stops nothing: runs start
 * from the generic image then and install the requirements themselves, and the script's row says why.
 * @param requirements with exact versions
 */
export async function buildImage(
  ctx: Pick<Context, 'images' | 'state' | 'log' | 'signal'>,
  code: Pick<GeneratedCodeRow, 'id' | 'approach'>,
  requirements: string,
): Promise<void> {
  if (ctx.images === null) return;
  const image = await built(ctx, ctx.images, requirements);
  await recordImage(ctx.state, { codeId: code.id, image });
  const approach = code.approach.name;
  if (image.status === 'built') ctx.log.info({ approach, image }, 'image ready');
  else ctx.log.warn({ approach, reason: image.reason }, 'no image built, the generic one is used');
}

async function built(
  { signal }: Pick<Context, 'signal'>,
  images: NonNullable<Context['images']>,
  requirements: string,
): Promise<TrainingImage> {
  try {
    return await images.build(requirements, { signal });
  } catch (error) {
    signal.throwIfAborted();
    return { status: 'generic', reason: asFailure(error).message };
  }
}
