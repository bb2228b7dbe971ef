package io.kp.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;

import javax.xml.parsers.DocumentBuilderFactory;

import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** kp-bom has no parent, so what it shares with the others is written twice, and compared here. */
class BomTest {
    @Test
    void shouldHaveTheParentsVersionAndNameEveryModule() throws Exception {
        final Document parent = parse("pom.xml");
        final Document bom = parse("kp-bom/pom.xml");
        for (final String name : List.of("groupId", "version", "licenses", "url", "developers", "scm")) {
            assertEquals(text(parent, name), text(bom, name), name);
        }
        final List<String> modules = new ArrayList<>();
        final NodeList dependencies = bom.getElementsByTagName("dependency");
        for (int i = 0; i < dependencies.getLength(); i++) {
            modules.add(((Element) dependencies.item(i)).getElementsByTagName("artifactId").item(0).getTextContent());
        }
        assertEquals(Checkout.MODULES.stream().sorted().toList(), modules.stream().sorted().toList());
    }

    private static Document parse(final String pom) throws Exception {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(Checkout.ROOT.resolve(pom).toFile());
    }

    /** Of the project's own element of that name. */
    private static String text(final Document pom, final String name) {
        final NodeList children = pom.getDocumentElement().getChildNodes();
        for (int i = 0; i < children.getLength(); i++) {
            if (children.item(i).getNodeName().equals(name)) {
                return children.item(i).getTextContent().replaceAll("\\s+", " ").strip();
            }
        }
        return "none";
    }
}
