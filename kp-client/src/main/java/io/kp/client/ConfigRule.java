package io.kp.client;

import java.util.List;
import java.util.Locale;

/** What a key demands of its value once that has the right type. Without state; the text of a rule reads on after "must be". */
abstract class ConfigRule {
    /** Everything of the type. */
    static final ConfigRule ANY = new ConfigRule("anything") {
        @Override
        boolean allows(Object value) {
            return true;
        }
    };

    private final String text;

    private ConfigRule(String text) {
        this.text = text;
    }

    abstract boolean allows(Object value);

    /** Whether two allowed values mean the same. */
    boolean same(Object left, Object right) {
        return left == null ? right == null : left.equals(right);
    }

    final String text() {
        return text;
    }

    static ConfigRule atLeast(long least) {
        return new ConfigRule("at least " + least) {
            @Override
            boolean allows(Object value) {
                return value instanceof Number number && number.longValue() >= least;
            }
        };
    }

    static ConfigRule between(double least, double most) {
        return new ConfigRule("between " + number(least) + " and " + number(most)) {
            @Override
            boolean allows(Object value) {
                // Written so that NaN is not between anything.
                return value instanceof Number number && number.doubleValue() >= least && number.doubleValue() <= most;
            }
        };
    }

    static ConfigRule minusOneOrBetween(int least, int most) {
        return new ConfigRule("-1, or between " + least + " and " + most) {
            @Override
            boolean allows(Object value) {
                return value instanceof Integer number && (number == -1 || number >= least && number <= most);
            }
        };
    }

    static ConfigRule powerOfTwoBetween(int least, int most) {
        return new ConfigRule("a power of two between " + least + " and " + most) {
            @Override
            boolean allows(Object value) {
                return value instanceof Integer number && number >= least && number <= most
                        && Integer.bitCount(number) == 1;
            }
        };
    }

    static ConfigRule oneOf(String... allowed) {
        final List<String> all = List.of(allowed);
        return new ConfigRule("one of " + String.join(", ", all)) {
            @Override
            boolean allows(Object value) {
                return value != null && all.contains(value);
            }
        };
    }

    static ConfigRule oneOfIgnoringCase(String... allowed) {
        final List<String> all = List.of(allowed);
        return new ConfigRule("one of " + String.join(", ", all) + ", in any case") {
            @Override
            boolean allows(Object value) {
                return value instanceof String text && all.contains(text.toUpperCase(Locale.ROOT));
            }

            @Override
            boolean same(Object left, Object right) {
                return left instanceof String text && right instanceof String other
                        ? text.equalsIgnoreCase(other)
                        : super.same(left, right);
            }
        };
    }

    /** The default null stands for "none"; what is given must say something. */
    static ConfigRule nonEmptyText() {
        return new ConfigRule("a text that is not empty") {
            @Override
            boolean allows(Object value) {
                return value instanceof String text && !text.isEmpty();
            }
        };
    }

    static ConfigRule list() {
        return new ConfigRule("a list without empty entries") {
            @Override
            boolean allows(Object value) {
                return value instanceof List<?> list && noneEmpty(list);
            }
        };
    }

    static ConfigRule nonEmptyList() {
        return new ConfigRule("a list of at least one entry and without empty entries") {
            @Override
            boolean allows(Object value) {
                return value instanceof List<?> list && !list.isEmpty() && noneEmpty(list);
            }
        };
    }

    private static boolean noneEmpty(List<?> list) {
        for (final Object entry : list) {
            if (entry == null || entry instanceof String text && text.isEmpty()) {
                return false;
            }
        }
        return true;
    }

    private static String number(double value) {
        return value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value);
    }
}
