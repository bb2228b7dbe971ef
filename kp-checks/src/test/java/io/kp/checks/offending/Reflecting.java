package io.kp.checks.offending;

/** Reflects where nobody knows of it. */
public final class Reflecting {
    Object reflect() throws ReflectiveOperationException {
        return Class.forName("java.lang.String").getDeclaredField("value").get(Reflecting.class.getResource("any"));
    }
}
