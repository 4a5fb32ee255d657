"""How cost grows with images, bytes and dependencies: measured, and drawn as an SVG."""
import statistics

from benchmark import cases_rewrite, measure, result

WIDTH, HEIGHT, LEFT, TOP = 300, 200, 60, 40


def seconds(shop, depots):
    """Median seconds of `rewrite -o` and of `cp -a` for each depot, all in turns."""
    pairs = []
    for depot in depots:
        copy = cases_rewrite.copying(shop, depot / "compiled", "cp -a", 'cp -a "$1" "$2"')
        pairs.append((cases_rewrite.to_folder(shop, depot, "none"), copy))
    measure.interleave([contender for pair in pairs for contender in pair], 3 if shop.quick else 5)
    return [tuple(contender.median() for contender in pair) for pair in pairs]


def recorded_sources(depot):
    return sum(1 for _ in depot.glob("packages/*/*/src/**/*.jl"))


def series(shop):
    most = shop.images
    counts = [most // 10, most // 4, most // 2, most * 3 // 4, most]
    by_count = [shop.depot("1.10.8-plain", images=n, total=f"{max(n * 120 // 1000, 4)}M") for n in counts]
    megabytes = [most // 20, most // 10, most // 5, most * 3 // 10]
    by_size = [shop.depot("1.10.8-plain", images=most // 10, total=f"{size}M") for size in megabytes]
    measured = seconds(shop, by_count + by_size)
    first = measured[: len(counts)]
    return [("images (120 KB each)", counts, first), ("sources proven", [recorded_sources(d) for d in by_count], first),
            (f"MB in {most // 10} images", megabytes, measured[len(counts) :])]


def scaled(values, most, length):
    return [value / most * length for value in values]


def panel(offset, title, xs, points):
    """One chart: x from zero, seconds from zero, a line a contender."""
    most_x, most_y = max(xs), max(max(point) for point in points)
    parts = [f'<g transform="translate({offset},{TOP})">',
             f'<path d="M0 0V{HEIGHT}H{WIDTH}" fill="none" stroke="#888"/>',
             f'<text x="{WIDTH / 2}" y="{HEIGHT + 36}" text-anchor="middle">{title}</text>',
             f'<text x="{WIDTH}" y="{HEIGHT + 16}" text-anchor="end">{most_x:,}</text>',
             f'<text x="-6" y="10" text-anchor="end">{most_y:.2g} s</text>', f'<text x="-6" y="{HEIGHT}" text-anchor="end">0</text>']
    for index, colour in enumerate(("#0b6", "#c40")):
        ys = scaled([point[index] for point in points], most_y, HEIGHT)
        places = " ".join(f"{x:.1f},{HEIGHT - y:.1f}" for x, y in zip(scaled(xs, most_x, WIDTH), ys))
        parts.append(f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{place.split(",")[0]}" cy="{place.split(",")[1]}" r="3" fill="{colour}"/>'
                  for place in places.split()]
    return "\n".join(parts + ["</g>"])


def draw(charts):
    step = WIDTH + LEFT + 30
    panels = [panel(LEFT + step * index, *chart) for index, chart in enumerate(charts)]
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" width="{step * len(charts) + 20}" height="{HEIGHT + 90}" '
                      'font-family="sans-serif" font-size="12">', '<rect width="100%" height="100%" fill="white"/>',
                      f'<text x="{LEFT}" y="22"><tspan fill="#0b6">jireloc rewrite -o, headers and payloads, verified'
                      '</tspan>  <tspan fill="#c40" dx="20">cp -a</tspan></text>', *panels, "</svg>\n"])


def slope(xs, ys):
    """Of the line of least squares through the points, and how far the worst point is off it, relative."""
    line = statistics.linear_regression(xs, ys)
    worst = max(abs(y - (line.slope * x + line.intercept)) / y for x, y in zip(xs, ys))
    return line.slope, worst


def growth(shop, path):
    charts = series(shop)
    with open(path, "w") as out:
        out.write(draw(charts))
    notes = []
    for title, xs, points in charts:
        rise, worst = slope(xs, [point[0] for point in points])
        notes.append(result.Note("plot", f"{title}: {rise * 1e6:.3g} us for each, the worst point {worst:.0%} off the line",
                                 values={"x": xs, "rewrite": [p[0] for p in points], "cp": [p[1] for p in points]}))
    return notes
