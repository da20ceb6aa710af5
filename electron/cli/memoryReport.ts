/** What a set-up and a run need, and what each device has for it: as text for people and as a record for programs. */
import type { DeviceState, MemoryNeed } from '../common/contract.ts';
import { byteKinds } from '../common/schemas/placement.ts';
import { partsText, sizeText, smallerText } from '../engine/session/memoryFit.ts';
import { printableLine } from './printable.ts';

export function memoryText(need: MemoryNeed, device: DeviceState): string {
  return `${memoryLines(need, device).map(printableLine).join('\n')}\n`;
}

function memoryLines(need: MemoryNeed, { backends }: DeviceState): string[] {
  if (need.failure !== null) return [`memory   ${need.failure}`];
  const { parallel, run } = need;
  const own = need.ranks.find(({ ranks }) => ranks.includes(parallel.rank));
  const lines =
    own === undefined
      ? []
      : [`memory   rank ${parallel.rank} needs ${sizeText(own.total)} for its weights: ${partsText(own.byKind)}`];
  if (own !== undefined && own.ownTables > 0)
    lines.push(
      need.sharesTables
        ? `         the drafter's own embedding and head, ${sizeText(own.ownTables)}, are left out: it uses the target's`
        : `         with --share-embed-head ${sizeText(own.total - own.ownTables)}: the drafter's own embedding and head are ${sizeText(own.ownTables)}`,
    );
  if (run !== null) {
    lines.push(
      `         running the whole model needs ${sizeText(run.total)}: weights ${sizeText(run.weights)}, KV cache of ${run.rows} tokens ${sizeText(run.cache)}, activations ${sizeText(run.activations)}`,
    );
  } else if (need.notRunnable !== null) lines.push(`         ${need.notRunnable}`);
  for (const report of backends) {
    const fit = need.devices.find(({ id }) => id === report.id);
    if (fit === undefined || own === undefined) {
      lines.push(`device   ${report.id}: ${report.detail}`);
      continue;
    }
    const driver = report.driver === '' ? '' : `, driver ${report.driver}`;
    const free = `${sizeText(fit.free)} of ${sizeText(report.memoryTotal)} free`;
    lines.push(`device   ${report.id} (${report.detail}${driver}): ${free}; ${fitText(own.total, run, fit)}`);
  }
  return lines;
}

function fitText(rankBytes: number, run: MemoryNeed['run'], { free, smaller }: MemoryNeed['devices'][number]): string {
  if (free === 0) return 'whether it fits is unknown';
  if (rankBytes > free) return `the rank does not fit; ${smallerText(smaller)}`;
  if (run === null) return 'the rank fits';
  return run.total <= free ? 'the rank fits, and so does running' : 'the rank fits, running does not';
}

/** null: unknown. */
function fits(bytes: number, free: number): boolean | null {
  return free === 0 ? null : bytes <= free;
}

/** What is needed, the same on every machine. */
export function needRecord({ failure, sharesTables, ranks, run, notRunnable }: MemoryNeed) {
  return {
    failure,
    share_embed_head: sharesTables,
    ranks: ranks.map(({ ranks: same, target, drafter, ownTables, total, byKind }) => ({
      ranks: same,
      target_bytes: target,
      drafter_bytes: drafter,
      own_embed_head_bytes: ownTables,
      total_bytes: total,
      by_kind: Object.fromEntries(byteKinds.map((kind, at) => [kind, byKind[at] ?? 0])),
    })),
    run:
      run === null
        ? null
        : {
            rows: run.rows,
            weight_bytes: run.weights,
            own_embed_head_bytes: run.ownTables,
            kv_cache_bytes: run.cache,
            activation_bytes: run.activations,
            total_bytes: run.total,
          },
    not_runnable: notRunnable,
  };
}

/** What is needed, and what the devices of this machine have for it now. */
export function memoryRecord(need: MemoryNeed, { backends }: DeviceState): unknown {
  const { run, devices } = need;
  return {
    ...needRecord(need),
    devices: backends.map(({ id, available, detail, name, driver, instructions, memoryTotal, memoryFree }) => {
      const fit = devices.find((device) => device.id === id);
      const free = fit?.free ?? 0;
      return {
        device: id,
        available,
        detail,
        name,
        driver,
        instructions,
        memory_total_bytes: memoryTotal,
        memory_free_bytes: memoryFree,
        ranks_fit: fit === undefined ? [] : need.ranks.map(({ total }) => fits(total, free)),
        run_fits: fit === undefined || run === null ? null : fits(run.total, free),
        would_fit:
          fit?.smaller == null
            ? null
            : {
                tensor_parallel_size: fit.smaller.parallel.tensorParallelSize,
                data_parallel_size: fit.smaller.parallel.dataParallelSize,
                enable_expert_parallel: fit.smaller.parallel.enableExpertParallel,
                total_bytes: fit.smaller.bytes,
              },
      };
    }),
  };
}
