import { z } from 'zod';
import type { RentOrder } from './machine.ts';
import { hostOfAsk } from './market.ts';
import { refuse, type VastHost } from './settings.ts';
import type { VastWorld } from './world.ts';

const runtypes = ['args', 'ssh', 'ssh_proxy', 'ssh_direct', 'jupyter', 'jupyter_proxy', 'jupyter_direct'];
const mostArgumentCharacters = 4_096;
const mostVariableCharacters = 256;

/** The fields that the service knows, and no others. `env` is an object; the string of older pages is refused. */
const bodySchema = z.strictObject({
  client_id: z.literal('me'),
  image: z.string().max(1_024),
  disk: z.number().min(8),
  env: z.record(z.string(), z.string().max(mostVariableCharacters)).optional(),
  onstart: z.string().optional(),
  runtype: z.enum(runtypes),
  args: z.array(z.string()).optional(),
  args_str: z.string().optional(),
  price: z.number().optional(),
  label: z.string().max(256).optional(),
  cancel_unavail: z.boolean().optional(),
  target_state: z.enum(['running', 'stopped']).optional(),
  image_login: z.string().optional(),
  template_hash_id: z.string().optional(),
  volume_info: z.unknown().optional(),
  user: z.string().optional(),
  vm: z.boolean().optional(),
  force: z.boolean().optional(),
  python_utf8: z.boolean().optional(),
  lang_utf8: z.boolean().optional(),
});
type Body = z.output<typeof bodySchema>;

/** What a create asks for. @throws VastRefusal as the service refuses it */
export function readRentOrder(
  world: VastWorld,
  ask: number,
  raw: unknown,
): { order: RentOrder; host: VastHost } {
  const parsed = bodySchema.safeParse(raw);
  if (!parsed.success) throw refuse(400, 'invalid_args', parsed.error.issues[0]?.message ?? '');
  const body = parsed.data;
  if (!/[:@][^/]+$/.test(body.image)) throw refuse(500, 'server_error', 'null tag');
  const args = body.args ?? [];
  const characters = [...args, body.args_str ?? '', body.onstart ?? ''].join(' ').length;
  if (characters > mostArgumentCharacters) throw refuse(400, 'invalid_args', 'args are too long');
  const host = hostOfAsk(world.hosts, ask);
  if (host === null || world.random() < world.settings.vanishShare) {
    throw world.random() < 0.5
      ? refuse(410, 'no_such_ask', '')
      : refuse(404, 'invalid_args', `error 404: no_such_ask ${ask}`);
  }
  // A bid on a machine that is taken becomes a machine that stands still, unless that was forbidden.
  const waits = world.isRented(host) && body.price !== undefined && body.cancel_unavail !== true;
  if (world.isRented(host) && !waits) throw refuse(410, 'no_such_ask', 'the machine is taken');
  if (body.disk > host.diskGb) throw refuse(400, 'invalid_args', `the machine has ${host.diskGb} GB`);
  return {
    host,
    order: {
      ask,
      kind: body.price === undefined ? 'on-demand' : 'bid',
      gpuUsdPerHour: body.price === undefined ? host.gpuUsdPerHour : bidOf(body.price, host),
      label: body.label ?? null,
      image: body.image,
      args: argsOf(body, args),
      diskGb: body.disk,
      waits,
    },
  };
}

function bidOf(price: number, host: VastHost): number {
  const isBid = price >= 0.001 && price <= 128 && price >= host.minBidUsd - 1e-9;
  if (!isBid) throw refuse(400, 'invalid_price', `the floor of this machine is ${host.minBidUsd}`);
  return price;
}

/** Only this kind keeps the image's own entry point; the others would start an ssh server here. */
function argsOf({ runtype }: Body, args: readonly string[]): readonly string[] {
  if (runtype !== 'args' || args.length === 0) throw refuse(400, 'invalid_args', 'only args run here');
  return args;
}
