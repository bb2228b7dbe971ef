package io.kp.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

import io.kp.bench.CompareFigures.Workload;

/** The kinds of charts that a report has. Each is {@code null} where there is nothing to draw. */
final class Charts {
    private static final double WIDTH = 900;
    private static final double GUTTER = 190;
    private static final double RIGHT = 70;
    private static final double ROW = 26;
    private static final double TOP = 64;
    private static final double BOTTOM = 30;
    private static final double BASELINE = 4;
    private static final double BAR = 26;
    private static final double LETTER = 7;
    private static final String KP = "kp";
    private static final String KAFKA = "kafka";
    private static final String[] GROUPS = {"callers", "io", "gc", "jit", "other", "compressors"};
    private static final String[] GROUP_NAMES = {"sending threads", "I/O thread", "garbage collector", "compiler",
            "other threads", "compressor threads"};
    private static final String[] PERCENTILES = {"p50", "p99", "p99.9", "max"};

    private Charts() {
    }

    /** Bars of kp's figure in proportion to that of Kafka's client, with what was aimed at. */
    static Svg ratios(final CompareFigures figures, final String title, final String figure,
            final Predicate<Workload> which) {
        final List<Workload> workloads = figures.workloads().stream()
                .filter(each -> which.test(each) && Double.isFinite(ratio(each, figure))).toList();
        if (workloads.isEmpty()) {
            return null;
        }
        final double most = workloads.stream().flatMapToDouble(each -> {
            final ComparePreset.Goal goal = goal(each, figure);
            return goal == null
                    ? DoubleStream.of(ratio(each, figure))
                    : DoubleStream.of(ratio(each, figure), goal.must(), goal.aim());
        }).max().orElseThrow();
        final double end = Math.max(1.1, most * 1.04);
        final double scale = (WIDTH - GUTTER - RIGHT) / end;
        final Svg svg = new Svg(title, WIDTH, TOP + ROW * workloads.size() + BOTTOM);
        svg.text(0, 16, "title", "start", title);
        svg.rect(0, 26, 10, 10, KP, "").text(16, 35, "", "start", "kp / kafka-clients");
        if (workloads.stream().anyMatch(each -> goal(each, figure) != null)) {
            svg.line(152, 25, 152, 37, "goal").text(159, 35, "", "start", "wanted").line(220, 25, 220, 37, "aim")
                    .text(227, 35, "", "start", "hoped for");
        }
        final double step = step(end);
        for (int i = 0; i * step <= end; i++) {
            final double x = GUTTER + i * step * scale;
            svg.line(x, TOP - 6, x, TOP + ROW * workloads.size(), "grid");
            svg.text(x, TOP + ROW * workloads.size() + 16, "tick", "middle", trim(i * step));
        }
        for (int i = 0; i < workloads.size(); i++) {
            final Workload workload = workloads.get(i);
            final double middle = TOP + ROW * i + ROW / 2;
            final double ratio = ratio(workload, figure);
            svg.text(GUTTER - 10, middle + BASELINE, "name", "end", workload.name());
            svg.rect(GUTTER, middle - 7, ratio * scale, 14, KP,
                    workload.name() + ": " + Svg.format("%.3f", ratio) + ", " + workload.description());
            final ComparePreset.Goal goal = goal(workload, figure);
            double labelAt = ratio;
            if (goal != null) {
                svg.line(GUTTER + goal.aim() * scale, middle - 10, GUTTER + goal.aim() * scale, middle + 10, "aim");
                svg.line(GUTTER + goal.must() * scale, middle - 10, GUTTER + goal.must() * scale, middle + 10, "goal");
                for (final double mark : new double[]{Math.min(goal.must(), goal.aim()),
                        Math.max(goal.must(), goal.aim())}) {
                    // Not across a mark.
                    if (mark >= labelAt && (mark - labelAt) * scale < 44) {
                        labelAt = mark;
                    }
                }
            }
            svg.text(GUTTER + labelAt * scale + 7, middle + BASELINE, "value", "start", Svg.format("%.2f", ratio));
        }
        final double one = GUTTER + scale;
        svg.line(one, TOP - 10, one, TOP + ROW * workloads.size(), "ref");
        svg.text(one, TOP - 13, "tick", "middle", "equal");
        return svg;
    }

    /** Both clients' figures on a logarithmic axis, each run faintly beside its median. */
    static Svg figures(final CompareFigures figures, final String title, final String figure,
            final Predicate<Workload> which) {
        final List<Workload> workloads = figures.workloads().stream().filter(which)
                .filter(each -> positive(each.median(KP, figure)) || positive(each.median(KAFKA, figure))).toList();
        final double[] values = workloads.stream().flatMapToDouble(each -> DoubleStream.concat(
                DoubleStream.of(each.median(KP, figure), each.median(KAFKA, figure)),
                Stream.of(KP, KAFKA).flatMap(client -> each.each(client, figure).stream())
                        .mapToDouble(Double::doubleValue)))
                .filter(Charts::positive).toArray();
        if (values.length == 0) {
            return null;
        }
        final double height = TOP + ROW * workloads.size();
        final Svg svg = new Svg(title, WIDTH, height + BOTTOM);
        final LogAxis axis = new LogAxis(values, GUTTER, WIDTH - RIGHT);
        svg.text(0, 16, "title", "start", title);
        legend(svg);
        for (final double tick : axis.ticks()) {
            svg.line(axis.at(tick), TOP - 6, axis.at(tick), height, "grid");
            svg.text(axis.at(tick), height + 16, "tick", "middle", compact(tick));
        }
        for (int i = 0; i < workloads.size(); i++) {
            final Workload workload = workloads.get(i);
            final double middle = TOP + ROW * i + ROW / 2;
            final double kp = workload.median(KP, figure);
            final double kafka = workload.median(KAFKA, figure);
            svg.text(GUTTER - 10, middle + BASELINE, "name", "end", workload.name());
            if (positive(kp) && positive(kafka)) {
                svg.line(axis.at(kp), middle, axis.at(kafka), middle, "link");
            }
            for (final String client : new String[]{KAFKA, KP}) {
                for (final double value : workload.each(client, figure)) {
                    if (positive(value)) {
                        svg.circle(axis.at(value), middle, 2.5, "each " + client, "");
                    }
                }
                final double value = workload.median(client, figure);
                if (positive(value)) {
                    svg.circle(axis.at(value), middle, 6, "dot " + client,
                            workload.name() + ", " + client + ": " + compact(value));
                }
            }
            label(svg, axis, kp, workload.each(KP, figure), positive(kafka) && kp < kafka, middle);
            label(svg, axis, kafka, workload.each(KAFKA, figure), positive(kp) && kafka < kp, middle);
        }
        return svg;
    }

    /** A median's label, beyond the dots of its own runs and away from the other client's dot. */
    private static void label(final Svg svg, final LogAxis axis, final double value, final List<Double> each,
            final boolean left, final double middle) {
        if (positive(value)) {
            final DoubleStream all = DoubleStream.concat(DoubleStream.of(value),
                    each.stream().mapToDouble(Double::doubleValue).filter(Charts::positive));
            final double outermost = left ? all.min().orElseThrow() : all.max().orElseThrow();
            final double room = outermost == value ? 10 : 6;
            svg.text(left
                    ? Math.min(axis.at(outermost) - room, axis.at(value) - 10)
                    : Math.max(axis.at(outermost) + room, axis.at(value) + 10), middle + BASELINE, "value",
                    left ? "end" : "start", compact(value));
        }
    }

    /** Where each client's processor time goes, in proportion to all of Kafka's client. */
    static Svg breakdown(final CompareFigures figures, final String title, final Predicate<Workload> which) {
        final List<Workload> workloads = figures.workloads().stream().filter(which)
                .filter(each -> positive(total(each, KP)) && positive(total(each, KAFKA))).toList();
        if (workloads.isEmpty()) {
            return null;
        }
        final double most = workloads.stream().mapToDouble(each -> Math.max(1, total(each, KP) / total(each, KAFKA)))
                .max().orElseThrow();
        final double gutter = GUTTER + 46;
        final double row = 40;
        final double height = TOP + row * workloads.size();
        final double scale = (WIDTH - gutter - RIGHT) / most;
        final Svg svg = new Svg(title, WIDTH, height + BOTTOM);
        svg.text(0, 16, "title", "start", title);
        double x = 0;
        for (int i = 0; i < GROUPS.length; i++) {
            svg.rect(x, 26, 10, 10, "c" + (i + 1), "").text(x + 16, 35, "", "start", GROUP_NAMES[i]);
            x += 34 + 7 * GROUP_NAMES[i].length();
        }
        final double step = step(most);
        for (int i = 0; i * step <= most + 1e-9; i++) {
            svg.line(gutter + i * step * scale, TOP - 6, gutter + i * step * scale, height, "grid");
            svg.text(gutter + i * step * scale, height + 16, "tick", "middle", Math.round(i * step * 100) + " %");
        }
        for (int i = 0; i < workloads.size(); i++) {
            final Workload workload = workloads.get(i);
            final double top = TOP + row * i;
            svg.text(GUTTER - 10, top + row / 2 + BASELINE, "name", "end", workload.name());
            bar(svg, workload, KP, gutter, top + 4, scale);
            bar(svg, workload, KAFKA, gutter, top + 20, scale);
        }
        return svg;
    }

    private static void bar(final Svg svg, final Workload workload, final String client, final double left,
            final double top, final double scale) {
        final double all = total(workload, KAFKA);
        double x = left;
        svg.text(left - 6, top + 11, "tick", "end", client);
        for (int i = 0; i < GROUPS.length; i++) {
            final double part = workload.median(client, "cpuNsPerRecord." + GROUPS[i]);
            if (positive(part)) {
                final double width = part / all * scale;
                svg.rect(x, top, Math.max(0, width - 1.5), 13, "c" + (i + 1),
                        workload.name() + ", " + client + ", " + GROUP_NAMES[i] + ": " + compact(part) + " ns/record");
                x += width;
            }
        }
        svg.text(x + 6, top + 11, "tick", "start", compact(total(workload, client)) + " ns");
    }

    private static double total(final Workload workload, final String client) {
        double total = 0;
        for (final String group : GROUPS) {
            final double part = workload.median(client, "cpuNsPerRecord." + group);
            total += positive(part) ? part : 0;
        }
        return total;
    }

    /** Latencies by percentile, a small drawing for each workload, all on one scale. */
    static Svg latencies(final CompareFigures figures, final String title, final Predicate<Workload> which) {
        final List<Workload> workloads = figures.workloads().stream().filter(which)
                .filter(each -> positive(each.median(KP, "ackUs.p50")) || positive(each.median(KAFKA, "ackUs.p50")))
                .toList();
        if (workloads.isEmpty()) {
            return null;
        }
        final List<Double> values = new ArrayList<>();
        for (final Workload workload : workloads) {
            for (final String percentile : PERCENTILES) {
                values.add(workload.median(KP, "ackUs." + percentile));
                values.add(workload.median(KAFKA, "ackUs." + percentile));
            }
        }
        final double[] positive = values.stream().mapToDouble(Double::doubleValue).filter(Charts::positive).toArray();
        final int columns = Math.min(3, workloads.size());
        final double cell = WIDTH / 3;
        final double cellHeight = 200;
        final int rows = (workloads.size() + columns - 1) / columns;
        final Svg svg = new Svg(title, WIDTH, TOP + rows * cellHeight);
        svg.text(0, 16, "title", "start", title);
        legend(svg);
        for (int i = 0; i < workloads.size(); i++) {
            final double left = i % columns * cell;
            final double top = TOP + i / columns * cellHeight;
            // Upside down: more is up.
            final LogAxis axis = new LogAxis(positive, top + cellHeight - 34, top + 26);
            svg.text(left + 52, top + 10, "name", "start", workloads.get(i).name());
            for (final double tick : axis.ticks()) {
                svg.line(left + 52, axis.at(tick), left + cell - 20, axis.at(tick), "grid");
                svg.text(left + 46, axis.at(tick) + BASELINE, "tick", "end", microseconds(tick));
            }
            for (int p = 0; p < PERCENTILES.length; p++) {
                svg.text(at(left, cell, p), top + cellHeight - 16, "tick", "middle", PERCENTILES[p]);
            }
            for (final String client : new String[]{KAFKA, KP}) {
                final StringBuilder path = new StringBuilder();
                for (int p = 0; p < PERCENTILES.length; p++) {
                    final double value = workloads.get(i).median(client, "ackUs." + PERCENTILES[p]);
                    if (positive(value)) {
                        path.append(path.isEmpty() ? 'M' : 'L').append(Svg.number(at(left, cell, p))).append(' ')
                                .append(Svg.number(axis.at(value)));
                    }
                }
                svg.path(path.toString(), "line " + client);
                for (int p = 0; p < PERCENTILES.length; p++) {
                    final double value = workloads.get(i).median(client, "ackUs." + PERCENTILES[p]);
                    if (positive(value)) {
                        svg.circle(at(left, cell, p), axis.at(value), 4.5, "dot " + client, workloads.get(i).name()
                                + ", " + client + ", " + PERCENTILES[p] + ": " + microseconds(value));
                    }
                }
            }
        }
        return svg;
    }

    /**
     * What one setting does to kp: a small drawing for each figure, the setting's values beside each other.
     *
     * @param values  the setting's values by the names of their workloads
     * @param bars    whether the values have no order, so that no line leads from one to the next
     * @param asked   the figures, each with a title behind a colon
     */
    static Svg sweep(final CompareFigures figures, final String title, final Map<String, String> values,
            final boolean bars, final String... asked) {
        final List<Workload> workloads = values.keySet().stream()
                .flatMap(name -> figures.workloads().stream().filter(each -> each.name().equals(name)))
                .filter(each -> positive(each.median(KP, asked[0].split(":")[0]))).toList();
        final String[] wanted = Stream.of(asked).filter(
                figure -> workloads.stream().allMatch(each -> positive(each.median(KP, figure.split(":")[0]))))
                .toArray(String[]::new);
        if (workloads.size() < 2) {
            return null;
        }
        final double cell = WIDTH / wanted.length;
        final double height = 210;
        final Svg svg = new Svg(title, WIDTH, TOP + height);
        svg.text(0, 16, "title", "start", title);
        for (int f = 0; f < wanted.length; f++) {
            final String[] figure = wanted[f].split(":");
            final double left = f * cell + 56;
            final double bottom = TOP + height - 30;
            final double scale = (bottom - TOP - 12)
                    / workloads.stream().mapToDouble(each -> each.median(KP, figure[0])).max().orElseThrow();
            svg.text(left, TOP - 14, "name", "start", figure[1]);
            svg.line(left, bottom, left + cell - 76, bottom, "grid");
            final StringBuilder path = new StringBuilder();
            // Above the line.
            final List<Runnable> dots = new ArrayList<>();
            double[] before = {-WIDTH, 0, 0};
            for (int i = 0; i < workloads.size(); i++) {
                final Workload workload = workloads.get(i);
                final double x = left + 24 + i * (cell - 124) / (workloads.size() - 1);
                final double value = workload.median(KP, figure[0]);
                final double y = bottom - value * scale;
                final String text = reading(figure[0], value);
                path.append(path.isEmpty() ? 'M' : 'L').append(Svg.number(x)).append(' ').append(Svg.number(y));
                svg.text(x, bottom + 16, "tick", "middle", values.get(workload.name()));
                if (bars) {
                    svg.rect(x - BAR / 2, y, BAR, bottom - y, KP, workload.description() + ": " + text);
                } else {
                    dots.add(() -> svg.circle(x, y, 4.5, "dot " + KP, workload.description() + ": " + text));
                }
                // Below where the line falls to it, so that it does not cross the label.
                final boolean below = !bars && y + 20 < bottom
                        && around(workloads, i, figure[0]) > value + 4 / scale;
                double label = below ? y + 19 : y - 9;
                if (x - before[0] < LETTER * (text.length() + before[2]) / 2 && Math.abs(label - before[1]) < 14) {
                    label = before[1] + (label < before[1] && before[1] - 14 > TOP - 24 ? -14 : 14);
                }
                final double labelled = label;
                dots.add(() -> svg.text(x, labelled, "value", "middle", text));
                before = new double[]{x, label, text.length()};
            }
            if (!bars) {
                svg.path(path.toString(), "line " + KP);
            }
            dots.forEach(Runnable::run);
        }
        return svg;
    }

    /** What a figure's neighbours are on average. */
    private static double around(final List<Workload> workloads, final int index, final String figure) {
        return workloads.stream().skip(Math.max(0, index - 1)).limit(index == 0 ? 2 : 3)
                .filter(each -> each != workloads.get(index)).mapToDouble(each -> each.median(KP, figure)).average()
                .orElse(Double.NaN);
    }

    private static double at(final double left, final double cell, final int percentile) {
        return left + 70 + percentile * (cell - 110) / (PERCENTILES.length - 1);
    }

    private static void legend(final Svg svg) {
        svg.circle(5, 31, 5, KP, "").text(16, 35, "", "start", "kp").circle(52, 31, 5, KAFKA, "").text(63, 35, "",
                "start", "kafka-clients");
    }

    private static double ratio(final Workload workload, final String figure) {
        final double net = figure.equals("cpuNsPerRecord") ? workload.ratio("netCpuNsPerRecord") : Double.NaN;
        // Where the driver's own share is known, without it.
        return positive(net) ? net : workload.ratio(figure);
    }

    private static ComparePreset.Goal goal(final Workload workload, final String figure) {
        final Map<String, ComparePreset.Goal> goals = workload.goals();
        return figure.equals("cpuNsPerRecord") && goals.containsKey("netCpuNsPerRecord")
                ? goals.get("netCpuNsPerRecord")
                : goals.get(figure);
    }

    private static boolean positive(final double value) {
        return Double.isFinite(value) && value > 0;
    }

    private static double step(final double end) {
        for (final double step : new double[]{0.1, 0.2, 0.25, 0.5, 1, 2, 5, 10, 20, 50, 100}) {
            if (end / step <= 8) {
                return step;
            }
        }
        return Math.pow(10, Math.ceil(Math.log10(end / 8)));
    }

    private static String trim(final double value) {
        final String text = Svg.format("%.2f", value);
        return text.replaceAll("\\.?0+$", "");
    }

    /** A whole number with its thousands apart; anything else as it is. */
    static String grouped(final String value) {
        return value.matches("\\d{4,9}") ? String.format(Locale.ROOT, "%,d", Integer.parseInt(value)) : value;
    }

    /** Three digits, with a suffix for thousands and millions. */
    static String compact(final double value) {
        final double absolute = Math.abs(value);
        if (!Double.isFinite(value)) {
            return "-";
        }
        if (absolute >= 999_500) {
            return digits(value / 1e6) + " M";
        }
        if (absolute >= 9_995) {
            return digits(value / 1e3) + " k";
        }
        return absolute >= 100 ? String.format(Locale.ROOT, "%,.0f", value) : digits(value);
    }

    private static String digits(final double value) {
        final double absolute = Math.abs(value);
        final String text = Svg.format(absolute >= 99.95 ? "%.0f" : absolute >= 9.995 ? "%.1f" : "%.2f", value);
        return text.contains(".") ? text.replaceAll("\\.?0+$", "") : text;
    }

    /** A figure of a name, with its unit if it is a time of that many microseconds. */
    static String reading(final String figure, final double value) {
        return figure.contains("Us.") && Double.isFinite(value) ? microseconds(value) : compact(value);
    }

    static String microseconds(final double us) {
        return us >= 999_500 ? digits(us / 1e6) + " s" : us >= 999.5 ? digits(us / 1e3) + " ms" : digits(us) + " µs";
    }

    /** A logarithmic axis over some values, with a little room at both ends. */
    private static final class LogAxis {
        private final double low;
        private final double high;
        private final double from;
        private final double until;

        LogAxis(final double[] values, final double from, final double until) {
            final double least = DoubleStream.of(values).min().orElseThrow();
            final double most = DoubleStream.of(values).max().orElseThrow();
            // Room for a label at either end.
            final double room = Math.max(0.1, 0.09 * Math.log10(most / least));
            low = Math.log10(least) - room;
            high = Math.log10(most) + room;
            this.from = from;
            this.until = until;
        }

        double at(final double value) {
            return from + (Math.log10(value) - low) / (high - low) * (until - from);
        }

        List<Double> ticks() {
            final List<Double> ticks = new ArrayList<>();
            final double[] parts = high - low > 2.5
                    ? new double[]{1}
                    : high - low > 0.8 ? new double[]{1, 2, 5} : new double[]{1, 1.5, 2, 3, 4, 5, 6, 8};
            for (int power = (int) Math.floor(low); power <= high; power++) {
                for (final double part : parts) {
                    final double tick = part * Math.pow(10, power);
                    if (Math.log10(tick) >= low && Math.log10(tick) <= high) {
                        ticks.add(tick);
                    }
                }
            }
            return ticks;
        }
    }
}
