/** The look of the report; colours as in the window. */
import { Markup } from './html.ts';

export const reportStyle = new Markup(`
:root { --ground: #f4f5f7; --surface: #fff; --border: #dfe2e7; --text: #181b20; --muted: #575e6b; --failed: #c2410c; --never: #7d5f00; --good: #00795b; --note: #0072b2; }
@media (prefers-color-scheme: dark) { :root { --ground: #0f1114; --surface: #16191e; --border: #282d35; --text: #e4e7ec; --muted: #9ba3b0; --failed: #f97316; --never: #e6b800; --good: #34c79a; --note: #56b4e9; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1100px; padding: 32px 20px 64px; background: var(--ground); color: var(--text); font: 14px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
h1 { font-size: 24px; margin: 0; } h2 { font-size: 16px; margin: 0 0 10px; } h3 { font-size: 14px; margin: 0 0 4px; }
p { margin: 0 0 8px; } code, pre, dd { font-family: ui-monospace, monospace; font-size: 12px; }
pre { white-space: pre-wrap; margin: 0 0 12px; } h3 code, .muted { color: var(--muted); font-weight: 400; }
section { background: var(--surface); border: 1px solid var(--border); border-radius: 4px; padding: 16px; margin-top: 16px; }
.verdict { font-size: 20px; line-height: 1.35; margin-top: 8px; padding-left: 12px; border-left: 4px solid var(--good); }
.verdict.silent { border-color: var(--never); } .verdict.blocked { border-color: var(--failed); }
.finding { border-top: 1px solid var(--border); padding: 10px 0; } .severity { color: var(--note); }
.blocker .severity { color: var(--failed); } .silent .severity, .warning .severity, .differs { color: var(--never); font-weight: 600; }
ul { margin: 0; padding-left: 20px; color: var(--muted); }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 3px 10px 3px 0; border-bottom: 1px solid var(--border); vertical-align: top; }
th { color: var(--muted); font-size: 12px; font-weight: 600; } th[scope=row] { font-weight: 400; }
.number { text-align: right; white-space: nowrap; }
dl { columns: 2 320px; column-gap: 40px; margin: 0 0 8px; }
dl div { display: flex; justify-content: space-between; gap: 16px; break-inside: avoid; border-bottom: 1px solid var(--border); padding: 2px 0; }
dt { color: var(--muted); } dd { margin: 0; text-align: right; }
h2, h3 { break-after: avoid; } .finding, tr { break-inside: avoid; }
@media print { :root { --ground: #fff; --surface: #fff; --border: #dfe2e7; --text: #181b20; --muted: #575e6b; --failed: #c2410c; --never: #7d5f00; --good: #00795b; --note: #0072b2; color-scheme: light; } body { padding: 0; max-width: none; font-size: 11px; } section { border: 0; padding: 8px 0; } .wide { overflow: visible; } }
`);
