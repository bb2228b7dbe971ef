package io.kp.accumulator;

/**
 * A codec was chosen whose library is not there, or cannot be loaded.
 */
public final class CodecUnavailableException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    /** groupId:artifactId:version of the library. */
    private final String artifact;

    private CodecUnavailableException(final String message, final String artifact, final Throwable cause) {
        super(message, cause);
        this.artifact = artifact;
    }

    /**
     * Tells a missing library from one that is there and broken.
     *
     * @param codec
     *            the codec that was to be used.
     * @param module
     *            name of the library's module.
     * @param cause
     *            what the class loader said.
     * @return an exception that names what to add.
     */
    public static CodecUnavailableException of(final CompressionCodec codec, final String module,
            final Throwable cause) {
        final boolean missing = cause instanceof ClassNotFoundException
                || cause instanceof NoClassDefFoundError && cause.getCause() instanceof ClassNotFoundException;
        final boolean named = CodecUnavailableException.class.getModule().isNamed();
        return new CodecUnavailableException("compression with " + codec.name() + " needs " + codec.artifact()
                + (missing ? ", which is missing: add it to the dependencies" : ", which cannot be loaded: " + cause)
                + (named ? "; on the module path also --add-modules " + module : ""), codec.artifact(), cause);
    }

    /**
     * The library that the codec needs.
     *
     * @return groupId:artifactId:version.
     */
    public String artifact() {
        return artifact;
    }
}
