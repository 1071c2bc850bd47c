// A program as a graph: where its nodes stand, and which way its edges go. What computes stands behind what it reads; an edge that
// passes columns has a place of its own in each of them, so that it meets no node.

/** Places of a graph, in columns and rows: `reads[k]` are the nodes that node k reads, each of a smaller number.
 *
 * Gives `columns`; for each node `at: [column, row]`, with rows around 0; for each edge `{ from, to, via: [[column, row], …] }`, in the
 * order in which the nodes read. */
export function layout(reads) {
  const column = reads.map(() => 0);
  reads.forEach((from, k) => { if (from.length) column[k] = 1 + Math.max(...from.map((each) => column[each])); });
  reads.forEach((from, k) => { // a variable stands right before what first reads it
    if (!from.length) column[k] = Math.max(0, Math.min(...reads.flatMap((each, reader) => (each.includes(k) ? [column[reader]] : []))) - 1);
  });
  const columns = 1 + Math.max(...column), items = Array.from({ length: columns }, () => []);
  const nodes = reads.map((_, k) => { const item = { before: [], row: 0 }; items[column[k]].push(item); return item; });
  const edges = reads.flatMap((from, to) => from.map((each) => {
    const via = [];
    let last = nodes[each];
    for (let c = column[each] + 1; c < column[to]; c++) { const item = { before: [last], row: 0 }; items[c].push(item); via.push(item); last = item; }
    nodes[to].before.push(last);
    return { from: each, to, via };
  }));
  for (const list of items) { // each column in the order of what it reads, as near to it as there is room
    const wanted = (item) => (item.before.length ? item.before.reduce((sum, each) => sum + each.row, 0) / item.before.length : null);
    list.sort((p, q) => (wanted(p) ?? Infinity) - (wanted(q) ?? Infinity) || 0);
    const off = [];
    list.forEach((item, i) => {
      item.row = i ? Math.max(list[i - 1].row + 1, wanted(item) ?? -Infinity) : wanted(item) ?? 0;
      if (wanted(item) !== null) off.push(item.row - wanted(item));
    });
    const shift = off.length ? off.reduce((sum, each) => sum + each, 0) / off.length : (list.length - 1) / 2;
    for (const item of list) item.row -= shift;
  }
  const rows = items.flat().map((item) => item.row), first = Math.min(...rows), last = Math.max(...rows);
  for (const item of items.flat()) item.row -= (first + last) / 2;
  const place = (c, item) => [c, item.row];
  return { columns, rows: 1 + last - first, at: nodes.map((item, k) => place(column[k], item)), edges: edges.map((edge) => ({ ...edge, via: edge.via.map((item, i) => place(column[edge.from] + 1 + i, item)) })) };
}

/** All paths from a node to the last, each as the numbers of its edges. */
export function paths(edges, from, last) {
  if (from === last) return [[]];
  return edges.flatMap((edge, e) => (edge.from === from ? paths(edges, edge.to, last).map((rest) => [e, ...rest]) : []));
}
