/** Styles for light and dark mode, without scripts and external files. */
export const STYLE = `
text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: #1f2933; }
.title { font-size: 20px; font-weight: 600; }
.heading { font-size: 12px; font-weight: 600; letter-spacing: .04em; fill: #64748b; }
.strong { font-weight: 600; }
.small { font-size: 12px; }
.muted { fill: #64748b; }
.alarm { fill: #b91c1c; }
.paper { fill: #ffffff; }
.stripe { fill: #f5f7fa; }
.rule { stroke: #e2e8f0; }
.guarded { fill: #0f766e; stroke: #0f766e; }
.open { fill: #d97706; stroke: #d97706; }
.master { fill: #b91c1c; stroke: #b91c1c; }
.maybe { stroke: #64748b; }
.ring, .hollow, .maybe { fill: none; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .heading, .muted { fill: #93a1b3; }
  .alarm { fill: #fca5a5; }
  .paper { fill: #0f1720; }
  .stripe { fill: #16202c; }
  .rule { stroke: #243040; }
  .guarded { fill: #2dd4bf; stroke: #2dd4bf; }
  .open { fill: #fbbf24; stroke: #fbbf24; }
  .master { fill: #f87171; stroke: #f87171; }
  .maybe { stroke: #93a1b3; }
  .ring, .hollow, .maybe { fill: none; }
}`;
