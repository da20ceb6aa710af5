import {
  Bar,
  BarChart,
  CartesianGrid,
  LabelList,
  Line,
  LineChart,
  ReferenceLine,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import { useSize } from './useSize.ts';

const tick = { fontSize: 11, fill: 'var(--text-muted)', fontFamily: 'var(--mono)' };
const axisLabel = { fontSize: 11, fill: 'var(--text-muted)' };
/** Stays readable where a line runs through it. */
const haloLabel = { ...axisLabel, stroke: 'var(--surface)', strokeWidth: 4, paintOrder: 'stroke' };
const tooltipStyle = {
  background: 'var(--raised)',
  border: '1px solid var(--border-strong)',
  borderRadius: 4,
  color: 'var(--text)',
  fontSize: 12,
  padding: '4px 8px',
};

export interface PositionBar {
  readonly position: number;
  readonly rate: number;
  /** e.g. "16 of 18 steps" */
  readonly detail: string;
}

const yAxisWidth = 44;

/** Decimals of a percentage above a bar, so that neighbours never touch; null = no room for any number. */
export function labelDecimals(pixelsPerBar: number): number | null {
  if (pixelsPerBar >= 54) return 1;
  return pixelsPerBar >= 38 ? 0 : null;
}

/** Share of steps in which the draft at each position was accepted, 0 to 100 %. */
export function PositionBars({ bars, label, testId }: { bars: readonly PositionBar[]; label: string; testId: string }) {
  const [frame, { width, height }] = useSize<HTMLDivElement>();
  const data = bars.map((bar) => ({ ...bar, percent: bar.rate * 100 }));
  const decimals = labelDecimals((width - yAxisWidth - 8) / Math.max(1, bars.length));
  const summary = bars
    .map((bar) => `position ${bar.position}: ${(bar.rate * 100).toFixed(1)} % (${bar.detail})`)
    .join('; ');
  return (
    <div className="chart" data-testid={testId} role="img" aria-label={`${label}. ${summary}`} ref={frame}>
      {width > 0 && height > 0 && (
        <BarChart
          accessibilityLayer={false}
          width={width}
          height={height}
          data={data}
          margin={{ top: 18, right: 8, bottom: 2, left: 0 }}
          barCategoryGap="28%"
        >
          <CartesianGrid vertical={false} stroke="var(--grid-line)" />
          <XAxis
            height={36}
            dataKey="position"
            tick={tick}
            tickLine={false}
            stroke="var(--border-strong)"
            label={{ value: 'draft position', position: 'insideBottom', offset: 0, style: axisLabel }}
          />
          <YAxis
            domain={[0, 100]}
            ticks={[0, 25, 50, 75, 100]}
            width={yAxisWidth}
            tick={tick}
            tickLine={false}
            axisLine={false}
            unit=" %"
          />
          <Tooltip
            isAnimationActive={false}
            cursor={{ fill: 'var(--hover)' }}
            contentStyle={tooltipStyle}
            itemStyle={{ color: 'var(--text)' }}
            formatter={(_value, _name, item) => [item.payload.detail, 'accepted']}
            labelFormatter={(position) => `position ${position}`}
          />
          <Bar dataKey="percent" fill="var(--accepted)" isAnimationActive={false} maxBarSize={56}>
            {decimals !== null && (
              <LabelList
                dataKey="percent"
                position="top"
                formatter={(value) => `${Number(value).toFixed(decimals)}\u00a0%`}
                style={{ ...tick, fill: 'var(--text)' }}
              />
            )}
          </Bar>
        </BarChart>
      )}
    </div>
  );
}

/** At most five even ticks from 0 to the value or just above it. */
export function niceTicks(value: number): number[] {
  if (!(value > 0)) return [0, 1];
  const power = 10 ** Math.floor(Math.log10(value / 4));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power * 4 >= value) ?? 10) * power;
  return Array.from({ length: Math.ceil(value / step) + 1 }, (_, index) => index * step);
}

/** One running value over a numbered axis; at most 500 points. */
export function RunningLine(props: {
  /** `second` is drawn thinner and dashed, where it is not null. */
  points: readonly { readonly x: number; readonly y: number; readonly second?: number | null }[];
  secondTitle?: string;
  label: string;
  xTitle: string;
  yTitle: string;
  yUnit?: string;
  /** Of the y axis, ascending; the first and the last are its ends. */
  ticks: readonly number[];
  /** Where the x axis begins; the first point without it. */
  xFrom?: number;
  /** Drawn across the whole chart, told apart by their words. */
  levels?: readonly { readonly y: number; readonly label: string }[];
  colour: string;
  testId: string;
}) {
  const [frame, { width, height }] = useSize<HTMLDivElement>();
  const last = props.points.at(-1);
  return (
    <div
      className="chart"
      data-testid={props.testId}
      role="img"
      aria-label={`${props.label}. ${last ? `Now ${last.y.toFixed(2)}${props.yUnit ?? ''} at ${props.xTitle} ${last.x}` : 'No value yet'}`}
      ref={frame}
    >
      {width > 0 && height > 0 && (
        <LineChart
          accessibilityLayer={false}
          width={width}
          height={height}
          data={[...props.points]}
          margin={{ top: 18, right: 12, bottom: 2, left: 0 }}
        >
          <CartesianGrid vertical={false} stroke="var(--grid-line)" />
          <XAxis
            height={36}
            dataKey="x"
            type="number"
            domain={[props.xFrom ?? 'dataMin', 'dataMax']}
            allowDecimals={false}
            tickFormatter={(x: number) => x.toFixed(0)}
            tick={tick}
            tickLine={false}
            stroke="var(--border-strong)"
            label={{ value: props.xTitle, position: 'insideBottom', offset: 0, style: axisLabel }}
          />
          <YAxis
            domain={[props.ticks[0] ?? 0, props.ticks.at(-1) ?? 1]}
            ticks={[...props.ticks]}
            width={yAxisWidth}
            tick={tick}
            tickLine={false}
            axisLine={false}
            unit={props.yUnit}
          />
          <Tooltip
            isAnimationActive={false}
            contentStyle={tooltipStyle}
            itemStyle={{ color: 'var(--text)' }}
            formatter={(value, name) => [
              `${Number(value).toFixed(2)}${props.yUnit ?? ''}`,
              name === 'second' ? props.secondTitle : props.yTitle,
            ]}
            labelFormatter={(x) => `${props.xTitle} ${Number(x).toFixed(0)}`}
          />
          {props.levels?.map(({ y, label }) => (
            <ReferenceLine
              key={label}
              y={y}
              stroke="var(--text-muted)"
              strokeDasharray="3 3"
              label={{ value: label, position: 'insideBottomRight', style: haloLabel }}
            />
          ))}
          {props.secondTitle !== undefined && (
            <Line
              dataKey="second"
              type="linear"
              stroke="var(--text-muted)"
              strokeWidth={1.25}
              strokeDasharray="4 2"
              dot={false}
              isAnimationActive={false}
            />
          )}
          <Line
            dataKey="y"
            type="linear"
            stroke={props.colour}
            strokeWidth={1.75}
            dot={props.points.length < 3}
            isAnimationActive={false}
          />
        </LineChart>
      )}
    </div>
  );
}
