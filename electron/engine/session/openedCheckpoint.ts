/** One open checkpoint: what is known of it, and the plan in force. Gone from memory once nobody holds it. */
import type {
  Checkpoint as CheckpointView,
  CommandOutput,
  Finding,
  Plan,
  ValuesProgress,
} from '../../common/contract.ts';
import type { ParallelConfig } from '../../common/domain.ts';
import { FailureError } from '../../common/failure.ts';
import type { Checkpoint } from '../checkpoint/openCheckpoint.ts';
import type { Tokenizer } from '../decoding/tokenizer.ts';
import type { LoadPlan } from '../loading/loadPlan.ts';
import { checkpointFindings } from './findings/checkpointFindings.ts';
import { movesView, placementView } from './placementView.ts';
import { draftPlan, isSameGroup, requireRanks } from './plans.ts';
import { planView } from './planView.ts';
import { TargetCheck } from './targetCheck.ts';
import { type LookOptions, ValueLook } from './valueLook.ts';

interface CurrentPlan {
  readonly plan: LoadPlan;
  readonly view: Plan;
}

export class OpenedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly view: CheckpointView;
  /** null = there is none that can be used. */
  readonly tokenizer: Tokenizer | null;
  readonly #target: TargetCheck;
  readonly #fileFindings: readonly Finding[];
  readonly #values: ValueLook;
  /** Empty until values were looked at. */
  #valueFindings: readonly Finding[] = [];
  #current: CurrentPlan | null = null;

  /** @param tell hears how far a look at the values has come */
  constructor(
    checkpoint: Checkpoint,
    view: CheckpointView,
    tokenizer: Tokenizer | null,
    tell: (progress: ValuesProgress) => void,
  ) {
    this.checkpoint = checkpoint;
    this.view = view;
    this.tokenizer = tokenizer;
    this.#target = new TargetCheck(checkpoint);
    this.#fileFindings = checkpointFindings(checkpoint);
    this.#values = new ValueLook(tell);
  }

  /** The plan in force, as it is and as the page is told of it; null before the first. */
  get current(): CurrentPlan | null {
    return this.#current;
  }

  /** @throws FailureError notLoaded */
  requirePlan(): CurrentPlan {
    if (this.#current === null) throw new FailureError('notLoaded', 'There is no plan for this checkpoint yet.');
    return this.#current;
  }

  /** @throws FailureError badRequest: there is no such tensor; notLoaded */
  planWith(tensor: number): LoadPlan {
    const { plan } = this.requirePlan();
    if (tensor >= plan.input.tensors.length)
      throw new FailureError('badRequest', `There is no tensor ${tensor} in this checkpoint.`);
    return plan;
  }

  /**
   * Looks at the values of the tensors; the findings are part of every plan from then on.
   * @param options without a budget of its own, few bytes of each tensor are read
   * @returns the plan in force, anew where there is something to say
   * @throws FailureError notLoaded, cancelled
   */
  async checkValues(options: LookOptions = {}): Promise<Plan> {
    this.#valueFindings = await this.#values.look(this, options);
    const { plan, view } = this.requirePlan();
    return this.#valueFindings.length === 0 ? view : this.#adopt(plan, view.planMicros);
  }

  /** Plans a rank and puts that in force. @throws FailureError badOption */
  makePlan(parallel: ParallelConfig): Plan {
    requireRanks(parallel);
    const begin = performance.now();
    const plan = draftPlan(this.checkpoint, parallel);
    return this.#adopt(plan, (performance.now() - begin) * 1000);
  }

  /** Puts a plan in force, with all that is known of the checkpoint. */
  #adopt(plan: LoadPlan, planMicros: number): Plan {
    const { checkpoint, view } = this;
    const planned = planView(plan, {
      checkpointId: view.id,
      problems: checkpoint.problems,
      planMicros,
      targetFinding: this.#target.findingOf(plan.input.parallel),
      fileFindings: [...this.#fileFindings, ...this.#valueFindings],
    });
    this.#current = { plan, view: planned };
    return planned;
  }

  /**
   * All ranks of a set-up at once; the plan in force stays.
   * @throws FailureError badOption
   */
  placement(parallel: ParallelConfig): CommandOutput<'placement.make'> {
    requireRanks(parallel);
    const current = this.#current?.plan;
    const plan =
      current !== undefined && isSameGroup(current.input.parallel, parallel)
        ? current
        : draftPlan(this.checkpoint, { ...parallel, rank: 0 });
    return placementView(plan, this.view.id);
  }

  /** @throws FailureError badOption */
  moves(from: ParallelConfig, to: ParallelConfig, model: 'drafter' | 'target'): CommandOutput<'placement.compare'> {
    requireRanks(from);
    requireRanks(to);
    return movesView(this.checkpoint.config, from, to, model);
  }

  /** Ends a look at the values that is under way. */
  close(): void {
    this.#values.stop();
  }
}
