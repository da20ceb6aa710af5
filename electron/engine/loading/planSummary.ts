/**
 * What the writes of a plan come to: how far each parameter is filled, and what the strict check says. Counted at the first
 * question: of the plans of many ranks, most are only asked whether they fail.
 */
import type { QuantizationConfig, SlotCoverage } from '../../common/domain.ts';
import type { PlannedParameter } from './loadPlan.ts';
import type { RuleContext } from './loadRule.ts';
import type { ParameterTable } from './parameterSpec.ts';
import type { CoverageTracker } from './slotCoverage.ts';

export interface OddSlots {
  /** Nothing writes them. */
  readonly never: readonly SlotCoverage[];
  readonly twice: readonly SlotCoverage[];
}

interface ReportSummary {
  readonly reportedButNotLoaded: number;
  readonly missing: readonly string[];
}

export class PlanSummary {
  readonly #table: ParameterTable;
  readonly #coverage: CoverageTracker;
  readonly #context: RuleContext;
  readonly #reported: ReadonlySet<string>;
  readonly #quantization: QuantizationConfig;
  #parameters: readonly PlannedParameter[] | null = null;
  #slots: OddSlots | null = null;
  #report: ReportSummary | null = null;

  /** @param reported names that the reference's loader returns */
  constructor(
    table: ParameterTable,
    coverage: CoverageTracker,
    context: RuleContext,
    reported: ReadonlySet<string>,
    quantization: QuantizationConfig,
  ) {
    this.#table = table;
    this.#coverage = coverage;
    this.#context = context;
    this.#reported = reported;
    this.#quantization = quantization;
  }

  get parameters(): readonly PlannedParameter[] {
    this.#parameters ??= this.#table.parameters.map((parameter): PlannedParameter => {
      const { name, shape, dtype, numel, bytes } = parameter;
      return { name, shape, dtype, numel, bytes, ...this.#coverage.coverageOf(parameter) };
    });
    return this.#parameters;
  }

  get slots(): OddSlots {
    this.#slots ??= this.#coverage.problems(logicalExpertOfRow(this.#context));
    return this.#slots;
  }

  get neverLoaded(): readonly string[] {
    return this.parameters.filter(({ covered }) => covered === 0).map(({ name }) => name);
  }

  get partiallyLoaded(): readonly string[] {
    return this.parameters.filter(({ covered, numel }) => covered > 0 && covered < numel).map(({ name }) => name);
  }

  get reportedButNotLoaded(): number {
    return this.#reports().reportedButNotLoaded;
  }

  get strictCheckMissing(): readonly string[] {
    return this.#reports().missing;
  }

  get strictCheckRaises(): boolean {
    return this.#quantization.method === 'none' && this.strictCheckMissing.length > 0;
  }

  #reports(): ReportSummary {
    this.#report ??= reportSummary(this.#table, this.#reported);
    return this.#report;
  }
}

function logicalExpertOfRow(context: RuleContext): (row: number) => number | null {
  const { expertMap, physicalToLogical } = context.placement.experts;
  const logicalOf = new Map<number, number>();
  for (const [physical, logical] of physicalToLogical.entries()) {
    const row = expertMap === null ? physical : (expertMap[physical] ?? -1);
    if (row >= 0) logicalOf.set(row, logical);
  }
  return (row) => logicalOf.get(row) ?? null;
}

function reportSummary(table: ParameterTable, reported: ReadonlySet<string>): ReportSummary {
  const missing = table.parameters.map(({ name }) => name).filter((name) => !reported.has(name));
  let others = 0;
  for (const name of reported) if (!table.indexOf.has(name)) others++;
  return { reportedButNotLoaded: others, missing: missing.sort() };
}
