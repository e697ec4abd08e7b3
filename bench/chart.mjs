// node bench/chart.mjs RESULT.json CHART.svg: draws medians as bars, the shortest and longest run as
// whiskers, and goals as marks. Each unit has its own diagram.
import fs from "node:fs";
import * as echarts from "echarts";

const [, , input, output] = process.argv;
const { date, rows } = JSON.parse(fs.readFileSync(input, "utf8"));
const units = [...new Set(rows.map(({ unit }) => unit))];
const ofUnit = (unit) => rows.filter((row) => row.unit === unit).reverse();

const ROW = 26;
const GAP = 70;
const grids = [];
let top = 50;
for (const unit of units) {
  const height = ofUnit(unit).length * ROW;
  grids.push({ left: 380, right: 60, top, height });
  top += height + GAP;
}

/** A line from the shortest to the longest run. */
const whisker = (_params, api) => {
  const place = api.value(2);
  const [from, to] = [api.coord([api.value(0), place]), api.coord([api.value(1), place])];
  const shape = { x1: from[0], y1: from[1], x2: to[0], y2: to[1] };
  return { type: "line", shape, style: { stroke: "#333", lineWidth: 2 } };
};

const series = units.flatMap((unit, index) => {
  const list = ofUnit(unit);
  const axes = { xAxisIndex: index, yAxisIndex: index };
  return [
    {
      ...axes,
      type: "bar",
      data: list.map(({ median }) => median),
      color: "#7a9cc6",
      barWidth: 14,
    },
    {
      ...axes,
      type: "custom",
      renderItem: whisker,
      data: list.map(({ min, max }, place) => [min, max, place]),
    },
    {
      ...axes,
      type: "scatter",
      symbol: "rect",
      symbolSize: [3, 20],
      color: "#c0392b",
      data: list.flatMap(({ goal }, place) => (goal === undefined ? [] : [[goal, place]])),
    },
  ];
});

const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width: 900, height: top });
chart.setOption({
  animation: false,
  backgroundColor: "#fff",
  title: { text: `Median, shortest and longest run; red: goal (${date})`, left: 10, top: 5 },
  grid: grids,
  xAxis: units.map((unit, gridIndex) => ({ gridIndex, type: "value", name: unit })),
  yAxis: units.map((unit, gridIndex) => ({
    gridIndex,
    type: "category",
    data: ofUnit(unit).map(({ what }) => what),
    axisLabel: { width: 350, overflow: "truncate" },
  })),
  series,
});
fs.writeFileSync(output, `${chart.renderToSVGString()}\n`);
chart.dispose();
