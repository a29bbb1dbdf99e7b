// Streams between nodes in columns (flows).
import { say } from './chart-format.js'

const roomFor = (width) => (width > 560 ? 124 : 88) // pixels right of the last column, for its labels

export function streams(result, { colours, width, font }) {
  const of = (number) => (number ? colours.series[number - 1] : colours.control)
  const names = Object.fromEntries(result.nodes.map((node) => [node.id, node]))
  const columns = Math.max(...result.nodes.map((node) => node.depth)) + 1
  const space = roomFor(width)
  const room = Math.max(40, (width - space) / columns - 28)
  return {
    tooltip: { trigger: 'item', formatter: ({ dataType, data }) => (dataType === 'edge'
      ? `${names[data.source].label} → ${names[data.target].label}   ${say(data.value)}`
      : `${names[data.name].label}   ${say(names[data.name].count)}`) },
    series: [{
      type: 'sankey', left: 8, right: space, top: 12, bottom: 12, nodeWidth: 12, nodeGap: 10, draggable: false, layoutIterations: 0, emphasis: { focus: 'adjacency' },
      label: { color: colours.text, fontSize: 12, fontFamily: font, width: Math.min(room, 160), overflow: 'truncate', formatter: ({ name }) => names[name].label },
      lineStyle: { color: 'source', opacity: 0.22, curveness: 0.5 },
      data: result.nodes.map((node) => ({ name: node.id, depth: node.depth, value: node.count, itemStyle: { color: of(node.colour), borderWidth: 0 },
        ...(node.depth === columns - 1 ? { label: { width: space - 20 } } : {}) })),
      links: result.links.map((link) => ({ source: link.source, target: link.target, value: link.count })),
    }],
  }
}
