package io.kp.network;

/** Makes what the other side of a connection says fit for a message: nobody but this client begins lines in its log, and none is endless. */
final class OneLine {
    private static final int MAX_CHARS = 500;

    private OneLine() {
    }

    /**
     * The text without line ends and other control characters, cut off where it becomes too long.
     *
     * @param text what was said; {@code null} stays {@code null}
     */
    static String of(String text) {
        if (text == null) {
            return null;
        }
        StringBuilder line = new StringBuilder(Math.min(text.length(), MAX_CHARS) + 16);
        for (int i = 0; i < text.length() && i < MAX_CHARS; i++) {
            char c = text.charAt(i);
            // Also what terminals and viewers take for a line end, or for an order to turn the text around.
            boolean control = Character.isISOControl(c) || c == '\u2028' || c == '\u2029'
                    || Character.getType(c) == Character.FORMAT;
            line.append(control ? '?' : c);
        }
        return text.length() > MAX_CHARS
                ? line.append("... (").append(text.length()).append(" characters)").toString()
                : line.toString();
    }
}
