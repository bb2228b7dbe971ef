package io.kp.checks.offending;

/** A library that prints. */
public final class Printing {
    /** Prints. */
    public void print() {
        System.out.println("where nobody asked for it");
    }

    /** Seen, since its outer class is. */
    public static class Inner {
    }

    static class Hidden {
        /** Not seen, since its outer class is not. */
        public static class Deeper {
        }
    }
}
