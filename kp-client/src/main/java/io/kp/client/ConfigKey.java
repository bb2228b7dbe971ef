package io.kp.client;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * A configuration key: its name, type, default and rule, and what it is for. Immutable. {@link ProducerConfig#keys()} lists all.
 */
public final class ConfigKey {
    /** The type of a key's value. Every one may also be given as text. */
    public enum Type {
        /** {@code true} or {@code false}, in any case. */
        BOOLEAN,
        /** A 16 bit number. */
        SHORT,
        /** A 32 bit number. */
        INT,
        /** A 64 bit number. */
        LONG,
        /** A floating point number. */
        DOUBLE,
        /** Text, taken without blanks around it. */
        STRING,
        /** A {@link java.util.List}, or text with commas between the entries; of equal entries the first counts. */
        LIST,
        /** A {@link java.lang.Class}, or the name of one. */
        CLASS,
        /** Text that is never shown. */
        PASSWORD
    }

    /** How often a key has to be thought about. */
    public enum Importance {
        /** Nearly always. */
        HIGH,
        /** For tuning. */
        MEDIUM,
        /** Rarely. */
        LOW
    }

    /** What this version of kp does with a key. */
    public enum Support {
        /** It has its meaning. */
        FULL,
        /** It is accepted, has no effect, and a value other than the default is warned about. */
        NO_EFFECT,
        /** It belongs to a feature that this version does not have: a value other than the default is refused. */
        DEFAULT_ONLY
    }

    /** Stands for a password in texts. */
    static final String HIDDEN = "[hidden]";

    private final String name;
    private final Type type;
    private final Object defaultValue;
    private final ConfigRule rule;
    private final Importance importance;
    private final Support support;
    private final String doc;
    private final String difference;

    ConfigKey(String name, Type type, Object defaultValue, ConfigRule rule, Importance importance, Support support,
            String doc, String difference) {
        this.name = name;
        this.type = type;
        this.defaultValue = defaultValue;
        this.rule = rule;
        this.importance = importance;
        this.support = support;
        this.doc = doc;
        this.difference = difference;
    }

    /**
     * The name.
     *
     * @return the name, Kafka's, or one that begins with {@code kp.}
     */
    public String name() {
        return name;
    }

    /**
     * The type of the value.
     *
     * @return the type
     */
    public Type type() {
        return type;
    }

    /**
     * The value if none is set.
     *
     * @return the default, or {@code null} if there is none: then the key is optional or, as {@code bootstrap.servers}, required
     */
    public Object defaultValue() {
        return defaultValue;
    }

    /**
     * What is demanded of the value.
     *
     * @return a text that reads on after "must be"
     */
    public String rule() {
        return rule.text();
    }

    /**
     * How often the key has to be thought about.
     *
     * @return the importance
     */
    public Importance importance() {
        return importance;
    }

    /**
     * What this version of kp does with the key.
     *
     * @return the support
     */
    public Support support() {
        return support;
    }

    /**
     * What the key is for.
     *
     * @return one paragraph, code between backquotes
     */
    public String doc() {
        return doc;
    }

    /**
     * What kp does with the key that Kafka's client does not.
     *
     * @return sentences, code between backquotes; empty if there is no difference
     */
    public String difference() {
        return difference;
    }

    /**
     * The name.
     *
     * @return the name
     */
    @Override
    public String toString() {
        return name;
    }

    boolean isDefault(Object value) {
        return rule.same(value, defaultValue);
    }

    /** A value as it may be shown. */
    String shown(Object value) {
        return type == Type.PASSWORD && value != null ? HIDDEN : String.valueOf(value);
    }

    /** Gives a value its type and holds it against the rule. */
    Object parse(Object given) {
        if (given == null) {
            // Null stands for "not set" where that is the default; elsewhere it is a mistake.
            if (defaultValue == null) {
                return null;
            }
            throw new ConfigException(name, null, "must not be null");
        }
        final Object value = typed(given instanceof String text ? text.trim() : given);
        if (!rule.allows(value)) {
            throw new ConfigException(name, shown(value), "must be " + rule.text());
        }
        return value;
    }

    private Object typed(Object given) {
        final String text = given instanceof String string ? string : null;
        try {
            switch (type) {
                case BOOLEAN :
                    if (given instanceof Boolean) {
                        return given;
                    }
                    if ("true".equalsIgnoreCase(text)) {
                        return Boolean.TRUE;
                    }
                    if ("false".equalsIgnoreCase(text)) {
                        return Boolean.FALSE;
                    }
                    throw wrongType(given, "true or false");
                case SHORT :
                    if (given instanceof Short) {
                        return given;
                    }
                    if (text != null) {
                        return Short.valueOf(text);
                    }
                    throw wrongType(given, "a 16 bit number");
                case INT :
                    if (given instanceof Integer) {
                        return given;
                    }
                    if (text != null) {
                        return Integer.valueOf(text);
                    }
                    throw wrongType(given, "a 32 bit number");
                case LONG :
                    if (given instanceof Long || given instanceof Integer) {
                        return ((Number) given).longValue();
                    }
                    if (text != null) {
                        return Long.valueOf(text);
                    }
                    throw wrongType(given, "a 64 bit number");
                case DOUBLE :
                    if (given instanceof Number number) {
                        return number.doubleValue();
                    }
                    if (text != null) {
                        return Double.valueOf(text);
                    }
                    throw wrongType(given, "a number");
                case STRING :
                    if (text != null) {
                        return text;
                    }
                    throw wrongType(given, "a text");
                case LIST :
                    if (given instanceof List<?> list) {
                        return distinct(list);
                    }
                    if (text != null) {
                        return text.isEmpty() ? List.of() : distinct(elements(text));
                    }
                    throw wrongType(given, "a list, or a text with commas");
                case CLASS :
                    if (given instanceof Class) {
                        return given;
                    }
                    if (text != null) {
                        // The classes of features that are absent need not be there either: the value is refused by its name.
                        return support == Support.FULL ? Classes.forName(name, text) : text;
                    }
                    throw wrongType(given, "a class, or the name of one");
                case PASSWORD :
                    if (text != null) {
                        return new Secret(text);
                    }
                    throw wrongType(given, "a text");
                default :
                    throw new AssertionError(type);
            }
        } catch (final NumberFormatException e) {
            throw wrongType(given, "a number" + (type == Type.DOUBLE ? "" : " of type " + type));
        }
    }

    private ConfigException wrongType(Object given, String wanted) {
        return new ConfigException(name, shown(given), "must be " + wanted + ", not a " + given.getClass().getName());
    }

    /** The text between commas, without blanks around. No regular expression: every producer's start would wait for it. */
    private static List<String> elements(final String text) {
        final List<String> elements = new ArrayList<>();
        int start = 0;
        for (int comma = text.indexOf(','); comma >= 0; comma = text.indexOf(',', start)) {
            elements.add(text.substring(start, comma).trim());
            start = comma + 1;
        }
        elements.add(text.substring(start).trim());
        return elements;
    }

    private static List<Object> distinct(List<?> list) {
        // A list as such, since List.of refuses the null that the rule is to complain about.
        return Collections.unmodifiableList(new ArrayList<>(new LinkedHashSet<>(list)));
    }

    /** A password: equal by content, never shown. */
    record Secret(String value) {
        @Override
        public String toString() {
            return HIDDEN;
        }
    }
}
